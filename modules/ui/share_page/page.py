"""The page of a shared edit as HTML: original and edit behind a line, what was asked for, and who made it.

Rendered here, without Gradio's client, so that it is light and can be embedded anywhere. It shows nothing of
the visitor: no cost, no key, no name of a file, and no id of the job. The video itself carries its settings,
its request id among them, which opens nothing without the key that sent it.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from pathlib import Path

from modules.edit.wording import shortened
from modules.jobs.job import Job, Stage
from modules.ui.components.timeline.value import left_undone
from modules.ui.components.wipe import Wipe
from modules.ui.form_link import form_link
from modules.ui.link_preview import NAME, preview_tags

FOLDER = Path(__file__).parent
ORIGINAL, EDITED, POSTER, PICTURE = "original.mp4", "edited.mp4", "poster.jpg", "picture.jpg"
"""The files of a share, below its address."""
_TITLE_CHARACTERS = 90


@dataclass(frozen=True)
class SharedEdit:
    """What a share page shows. `site`: the address of the site as the visitor reached it. `original`,
    `poster`: whether they are here. `size`: of the edited video in px, None when it is not known."""

    token: str
    job: Job
    site: str
    original: bool = True
    poster: bool = True
    size: tuple[int, int] | None = None

    @property
    def url(self) -> str:
        return f"{self.site}/share/{self.token}"


def share_page(shared: SharedEdit, *, embedded: bool = False) -> str:
    """The document. `embedded`: for a frame on another page, the two videos and one line only."""
    job, prompt = shared.job, shared.job.request.prompt
    title = shortened(" ".join(prompt.split()), _TITLE_CHARACTERS) or "An edited video"
    maker = maker_of(job)
    ended = job.stage_times.get(Stage.COMPLETED.value, job.created_at)
    day = datetime.fromtimestamp(ended, UTC)
    date = f"{day.day} {day:%B %Y}"
    # Of a request that was sent elsewhere the settings are not known here.
    settings = "" if job.resumed else f"{settings_of(job)}."
    facts = {"Made by": escape(maker[0].upper() + maker[1:])}
    facts |= {"Settings": escape(settings.rstrip("."))} if settings else {}
    facts["Date"] = f"<time datetime='{day:%Y-%m-%d}'>{date}</time>"
    if undone := left_undone(job):
        facts["Not done"] = escape(undone)
    video = {"og:video": f"{shared.url}/{EDITED}", "og:video:type": "video/mp4"}
    if video["og:video"].startswith("https://"):
        video["og:video:secure_url"] = video["og:video"]
    if shared.size:
        video |= {"og:video:width": str(shared.size[0]), "og:video:height": str(shared.size[1])}
    tags = preview_tags(
        url=shared.url,
        title=title,
        description=f"Made by {maker}, {date}. {settings}".strip(),
        picture=f"{shared.url}/{PICTURE}",
        kind="video.other",
        more=video,
    )
    below = (
        f"<p class='from'>Made by {escape(maker)}. "
        f"<a href='{escape(shared.url)}' target='_blank' rel='noopener'>See what was asked for</a></p>"
        if embedded
        else f"<h1 dir='auto'>{escape(prompt) or 'An edited video'}</h1>"
        f"<p class='buttons'><a class='primary' href='../{escape(try_link(shared))}'>Try this edit</a>"
        f"<a href='{shared.token}/{EDITED}' download='edited-video.mp4'>Download the video</a></p>"
        f"<dl>{''.join(f'<dt>{name}</dt><dd>{text}</dd>' for name, text in facts.items())}</dl>"
    )
    return _document(title, tags, f"{_stage(shared)}{below}", bare=embedded, code=script())


def gone_page(*, coming: bool = False) -> str:
    """The document for a link that leads nowhere; `coming`: for a share whose video is still on its way to
    this server."""
    if coming:
        title, text = "One moment", "This video is being fetched. The page looks again by itself."
    else:
        title = "There is nothing here any more"
        text = (
            "This link was taken back by whoever shared it, its video is no longer kept here (results stay "
            "for some days, and previews on the server that made them), or the address is not complete."
        )
    again = "<meta http-equiv='refresh' content='5'>" if coming else ""
    body = (
        f"<h1>{title}</h1><p>{text}</p><p class='buttons'><a class='primary' href='../'>Edit a video</a></p>"
    )
    return _document(title, again, body, bare=False)


@lru_cache(1)
def content_security() -> str:
    """The policy of these pages: their own videos, pictures, style and script. Any site may embed them: there
    is nothing on them that a press could do."""
    return (
        f"default-src 'none'; script-src '{_hash(script())}'; style-src '{_hash(style())}'; style-src-attr "
        "'unsafe-inline'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors *"
    )


def maker_of(job: Job) -> str:
    """Who made it, as it stands after “made by”."""
    return "the preview engine, not Kling" if job.engine == "preview" else "Kling O3 on Segmind"


def settings_of(job: Job) -> str:
    """The settings as words: `Pro quality, 5 seconds, 16:9, without sound`."""
    asked = job.request
    quality = {"pro": "Pro", "std": "Standard"}.get(asked.mode, asked.mode)
    sound = "with the sound of the clip" if asked.keep_audio else "without sound"
    return f"{quality} quality, {asked.seconds} seconds, {asked.aspect_ratio}, {sound}"


def try_link(shared: SharedEdit) -> str:
    """The query that opens the page with the form filled as for this edit."""
    return form_link(shared.job.request, share=shared.token)


def _stage(shared: SharedEdit) -> str:
    """Without scripts one video; the script puts both behind a line in its place."""
    poster = f"{shared.token}/{POSTER}" if shared.poster else ""
    original = f"{shared.token}/{ORIGINAL}" if shared.original else ""
    audio = "true" if shared.job.request.keep_audio else "false"
    return (
        f"<div id='stage' class='studio' data-original='{original}' data-edited='{shared.token}/{EDITED}' "
        f"data-poster='{poster}' data-audio='{audio}'>"
        f"<video src='{shared.token}/{EDITED}' poster='{poster}' controls playsinline preload='metadata'>"
        "</video></div>"
    )


def _document(title: str, head: str, body: str, *, bare: bool, code: str = "") -> str:
    top = "" if bare else f"<header><a href='../'>{NAME}</a></header>"
    kind, run = " class='bare'" if bare else "", f"<script>{code}</script>" if code else ""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>{escape(title)} · {NAME}</title>{head}"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='robots' content='noindex, nofollow'><meta name='color-scheme' content='light dark'>"
        f"<style>{style()}</style></head><body{kind}>{top}<main>{body}</main>{run}</body></html>"
    )


@lru_cache(1)
def style() -> str:
    """The style sheet of these pages, with that of the two videos, which the main page has too."""
    return f"{Wipe.styles()}\n{(FOLDER / 'share_page.css').read_text('utf-8')}"


@lru_cache(1)
def script() -> str:
    """The script of these pages: the two videos as on the main page, run as Gradio would run it."""
    core = (FOLDER.parent / "scripts" / "core.js").read_text("utf-8")
    stage = (FOLDER / "share_page.js").read_text("utf-8")
    return f"{core}\n{stage}\n(function (element, props, watch) {{\n{Wipe.script()}\n}})(...studio.shared());"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
