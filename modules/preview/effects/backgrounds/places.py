"""What stands behind the subject for a plan: a photograph or a painting of a place, a reference picture, a
colour."""

from collections.abc import Callable
from typing import Any

from modules.preview import photographs
from modules.preview.effects.backgrounds import built, sea, space
from modules.preview.effects.backgrounds.backdrop import Backdrop, from_picture, plain, read_picture
from modules.preview.effects.backgrounds.neon import neon_city
from modules.preview.effects.backgrounds.photographed import photographed
from modules.preview.prompt.plan import Background

_PAINTERS: dict[str, Callable[[int, int, str | None], Backdrop]] = {
    "underwater": sea.underwater,
    "space": space.space,
    "neon_city": neon_city,
    "studio": built.studio,
    "stage": built.stage,
}
"""Places without a photograph; painters: (width, height, time of day or None) to a backdrop."""
# painted and moved at this size, then enlarged: a place behind a subject is a little out of focus anyway
_LONGEST = 848
PAINTED = frozenset(_PAINTERS)


def place(
    name: str,
    width: int,
    height: int,
    *,
    time: str | None = None,
    snow: bool = False,
    autumn: bool = False,
) -> Backdrop:
    """A scene of the lexicon. `time`: day, sunset, night or None for what suits the place; `snow` (snowed
    under) and `autumn` (leaves turned) are for photographs only."""
    photograph = photographs.photograph_of(name, time)
    if photograph is not None:
        return photographed(photograph, width, height, time=time, snow=snow, autumn=autumn)
    scale = min(1.0, _LONGEST / max(width, height))
    small = _PAINTERS[name](max(16, round(width * scale)), max(16, round(height * scale)), time)
    return small.enlarged(width, height)


def backdrop(
    background: Background, extra: dict[str, Any], images: tuple[str, ...], width: int, height: int
) -> Backdrop:
    """The backdrop of a plan. `extra` may name a `time` of day, `snow` and `autumn` for a scene. RenderError
    when a picture cannot be read."""
    if background.kind == "image" and background.image is not None:
        return from_picture(read_picture(images[background.image - 1]), width, height)
    if background.kind == "plain":
        return plain(background.colour or (236, 236, 236), width, height)
    time, snow, autumn = extra.get("time"), bool(extra.get("snow")), bool(extra.get("autumn"))
    return place(background.scene or "studio", width, height, time=time, snow=snow, autumn=autumn)
