"""The photographs of places: which one shows a scene at an hour, and what is where in it
(`photographs.toml`)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
CREDIT = "Background photograph: "
"""How every credit begins."""
_SIDES = {"left": -1, "front": 0, "right": 1}


@dataclass(frozen=True)
class Photograph:
    """What `photographs.toml` says of a picture; rows and columns are shares of its height and width.

    `light` is -1 when it comes from the left, 1 from the right, 0 from the front.
    """

    file: str
    scenes: tuple[str, ...]
    hour: str
    horizon: float
    interest: tuple[float, float, float, float]
    light: int
    credit: str | None = None
    ground: float | None = None
    stand: tuple[float, float] = (0.0, 1.0)
    indoor: bool = False
    sky: bool = True
    mist: tuple[float, float, float] | None = None
    snow: bool = False
    aurora: bool = False
    foreground: str | None = None
    foreground_rows: tuple[float, float] = (0.0, 0.0)


def path_of(file: str) -> str:
    return str(_FOLDER / file)


def _photograph(table: dict[str, Any]) -> Photograph:
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    fields["light"] = _SIDES[table["light"]]
    return Photograph(**fields)


PHOTOGRAPHS = tuple(
    _photograph(table)
    for table in tomllib.loads((_FOLDER / "photographs.toml").read_text(encoding="utf-8"))["photograph"]
)
SCENES = frozenset(scene for photograph in PHOTOGRAPHS for scene in photograph.scenes)
"""The scenes that there is a photograph of."""


def photograph_of(scene: str | None, time: str | None = None) -> Photograph | None:
    """The photograph of a scene, taken at that hour if there is one; None when there is none at all."""
    of_scene = [photograph for photograph in PHOTOGRAPHS if scene in photograph.scenes]
    at_hour = [photograph for photograph in of_scene if photograph.hour == time]
    return next(iter(at_hour or of_scene), None)
