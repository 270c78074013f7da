"""Known failure texts: what they mean for a person, whether money was spent, and what to do.

The texts and where each was read are in `failure_texts.toml`.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from modules.segmind.reasons import Reason


@dataclass(frozen=True)
class FailureText:
    """One kind of failure. `{engine}` in a sentence is the engine's name.

    `money`: "" for what is true of every failure. `field`: the parameter that it concerns by itself
    (`image_urls` stands for any picture), or None. `temporary`: the model's own fault, which says no more
    than a status of 5xx does.
    """

    name: str
    pattern: re.Pattern[str]
    meaning: str
    advice: str
    source: str
    money: str = ""
    field: str | None = None
    temporary: bool = False


@cache
def failure_texts() -> tuple[FailureText, ...]:
    """Every entry of the file; the first that matches a reason is the one that counts."""
    data = tomllib.loads((Path(__file__).parent / "failure_texts.toml").read_text(encoding="utf-8"))
    entries = []
    for entry in data["failure"]:
        pattern = re.compile("|".join(f"(?:{one})" for one in entry.pop("patterns")), re.IGNORECASE)
        entries.append(FailureText(pattern=pattern, **entry))
    return tuple(entries)


def known(reason: Reason) -> FailureText | None:
    """The entry that `reason` matches, by its text or by its codes, or None."""
    said = f"{reason.text}\n{reason.codes}"
    return next((entry for entry in failure_texts() if entry.pattern.search(said)), None)
