"""What is left of the owner's money, for everybody, for a person and for an address: pure sums over what was
reserved in the last 24 hours.

A window that rolls gives nothing twice: at midnight of a calendar day, a day's allowance could be used just
before and again just after.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modules.edit.price import dollars
from modules.jobs.identity import Identity

WINDOW_SECONDS = 24 * 3600.0
FREE_MEANWHILE = "The preview engine is free meanwhile, and your own Segmind key has no such limit."
_CENT = 0.01


@dataclass(frozen=True)
class Limits:
    """Per rolling 24 hours: dollars in all, paid edits of a person and of an address (0: no limit)."""

    daily_usd: float = 10.0
    person_edits: int = 0
    address_edits: int = 0


@dataclass(frozen=True)
class Reserved:
    """One paid edit that counts: dollars, whose it is, and when it was reserved (epoch seconds)."""

    usd: float
    person: str
    address: str | None
    at: float


@dataclass(frozen=True)
class Allowance:
    """What is left for somebody. `usd`: dollars for everybody together. `edits`: paid edits of their own,
    None when only the dollars count. `limit`: how many edits that is of. `again_at`: when one more edit is
    possible (epoch seconds), None when it is possible now or never will be. `refusal`: the sentence for one
    that is not possible. `scale`: the estimates are reserved so many times over, because costs were seen
    above them."""

    usd: float
    daily_usd: float
    edits: int | None = None
    limit: int = 0
    again_at: float | None = None
    refusal: str | None = None
    scale: float = 1.0


def allowance(
    counted: Sequence[Reserved], limits: Limits, who: Identity, now: float, usd: float = 0.0
) -> Allowance:
    """What is left for `who` at `now`, and whether an edit that reserves `usd` fits into it.

    `counted` are all reservations of the last 24 hours, of everybody.
    """
    usd_left = max(0.0, limits.daily_usd - sum(one.usd for one in counted))
    kinds = [
        (limits.person_edits, [one for one in counted if one.person == who.person], _TOO_MANY_OF_A_PERSON),
        (
            limits.address_edits,
            [one for one in counted if one.address == who.address],
            _TOO_MANY_OF_AN_ADDRESS,
        ),
    ]
    left = [(max(0, most - len(made)), most) for most, made, _ in kinds if most]
    edits, limit = min(left, default=(None, 0))
    refusal, again_at = None, None
    for most, made, sentence in kinds:
        if most and len(made) >= most:
            again_at = _later(again_at, _freed(made, len(made) - most + 1))
            refusal = refusal or sentence.format(most=most, s="" if most == 1 else "s")
    if usd > usd_left + 1e-9 or (not usd and usd_left < _CENT):
        again_at = _later(again_at, _affordable_at(counted, limits.daily_usd, usd))
        refusal = refusal or _over_budget(limits.daily_usd, usd_left, usd)
    if refusal:
        when = f" The next is possible {moment(again_at, now)}." if again_at else ""
        refusal = f"{refusal} Nothing was spent.{when} {FREE_MEANWHILE}"
    return Allowance(usd_left, limits.daily_usd, edits, limit, again_at, refusal)


def moment(at: float, now: float) -> str:
    """`at 14:05 UTC` for an epoch time within the next day, `tomorrow at 14:05 UTC` for one after midnight;
    the minute is rounded up."""
    then = datetime.fromtimestamp(math.ceil(at / 60) * 60, UTC)
    today = datetime.fromtimestamp(now, UTC).date()
    day = {0: "", 1: "tomorrow "}.get((then.date() - today) // timedelta(days=1), f"on {then:%d %B} ")
    return f"{day}at {then:%H:%M} UTC"


_TOO_MANY_OF_A_PERSON = (
    "You have made {most} paid edit{s} on this page's key in the last 24 hours, which is all that it gives "
    "one person."
)
_TOO_MANY_OF_AN_ADDRESS = (
    "{most} paid edit{s} on this page's key came from your network address in the last 24 hours, which is "
    "all that it gives one address."
)


def _over_budget(daily_usd: float, usd_left: float, usd: float) -> str:
    if usd_left < _CENT:
        return f"This page's budget of {dollars(daily_usd)} in 24 hours is used up."
    return (
        f"This page's budget of {dollars(daily_usd)} in 24 hours has {dollars(usd_left)} left and this edit "
        f"needs {dollars(usd)}: a shorter one may fit."
    )


def _freed(made: Iterable[Reserved], number: int) -> float:
    """When the `number` oldest no longer count."""
    return sorted(one.at for one in made)[number - 1] + WINDOW_SECONDS


def _affordable_at(counted: Sequence[Reserved], daily_usd: float, usd: float) -> float | None:
    """When `usd` will be left; None when that is more than the whole budget."""
    left = daily_usd - sum(one.usd for one in counted)
    for one in sorted(counted, key=lambda one: one.at):
        left += one.usd
        if left + 1e-9 >= max(usd, _CENT):
            return one.at + WINDOW_SECONDS
    return None


def _later(one: float | None, other: float | None) -> float | None:
    return max(filter(None, (one, other)), default=None)
