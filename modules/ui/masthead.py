"""The masthead: what the page is, and what everybody must know of this studio now."""

from collections.abc import Iterable
from html import escape


def masthead(notices: Iterable[str]) -> str:
    """Its HTML. `notices` are sentences of plain text; one more shows where a browser keeps nothing, and why
    that may be in a frame of another page."""
    told = "".join(f"<p class='notice'>{escape(notice)}</p>" for notice in notices)
    return (
        "<h1>Edit a video by describing it</h1>"
        "<p>Say what should change: the background, a character, the season, the style. Kling O3 keeps the "
        "movement and changes the rest.</p>"
        "<p class='notice forgetful alone'>This browser keeps nothing for this page, so your edits are not "
        "remembered here: download what you want to keep.</p>"
        "<p class='notice forgetful framed'>This browser keeps nothing for a page inside another one, so "
        "your edits are not remembered in this frame: download what you want to keep, or "
        f"<a href='.' target='_blank' rel='noopener'>open the page by itself</a>.</p>{told}"
    )
