"""Reading of the word lists: the TOML files that lie beside this module."""

import re
import tomllib
from pathlib import Path
from typing import Any


def read(name: str) -> dict[str, Any]:
    with (Path(__file__).parent / name).open("rb") as file:
        return tomllib.load(file)


def phrases(text: str) -> list[str]:
    """The phrases of a list that is separated by commas or line ends, in order."""
    return [phrase.strip() for phrase in re.split(r"[,\n]", text) if phrase.strip()]
