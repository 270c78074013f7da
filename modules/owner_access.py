"""Who may spend the owner's money: a login, an access code and an allowance, as the owner has set them.

Asked before an edit is begun, so that a refusal is said beside the button. What decides in the end is the
budget's transaction, which no two edits can pass at once.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from modules.edit.request import Problem
from modules.jobs.identity import Identity
from modules.jobs.store.allowance import FREE_MEANWHILE, Allowance
from modules.rations import RollingSum
from modules.secret import Secret

WRONG_CODES, WRONG_SECONDS = 5, 15 * 60.0
"""So many wrong codes of a person or an address within so long; then none is looked at, the right one
neither."""
ADMITTED_SECONDS = 24 * 3600.0
"""A code that was right is remembered for so long, for a person who is known by more than an address."""
_MOST_ADMITTED = 10_000


class AccessCode:
    """The owner's code; empty when everybody may. Safe for many threads."""

    def __init__(self, code: Secret, clock: Callable[[], float] = time.monotonic) -> None:
        self._code, self._clock = code, clock
        self._wrong = RollingSum(WRONG_SECONDS, clock)
        self._admitted: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._code)

    def problem(self, given: Secret, who: Identity) -> Problem | None:
        """Why `who` may not go on with the code that was `given` (empty: none), or None."""
        if not self._code:
            return None
        with self._lock:
            if not given and self._clock() < self._admitted.get(who.person, -math.inf):
                return None
            if not given:
                return _said("Edits on this page's key need its access code: type it under Engine and key.")
            keys = {who.person, who.address}
            if any(self._wrong.of(key) >= WRONG_CODES for key in keys):
                minutes = max(1, round(max(self._wrong.wait_for(key, WRONG_CODES - 1) for key in keys) / 60))
                return _said(f"Too many wrong access codes. Try again in {minutes} minutes.")
            if given != self._code:  # in constant time
                for key in keys:
                    self._wrong.add(key)
                return _said("This is not the access code of this page.")
            if who.known:
                self._admitted[who.person] = self._clock() + ADMITTED_SECONDS
                self._admitted.move_to_end(who.person)
                while len(self._admitted) > _MOST_ADMITTED:
                    self._admitted.popitem(last=False)
            return None


class OwnerAccess:
    """All that the owner asks before an edit on their key. `allowance(who, usd)` reads the budget."""

    def __init__(
        self, code: AccessCode, *, require_login: bool, allowance: Callable[[Identity, float], Allowance]
    ) -> None:
        self.code, self._require_login, self._allowance = code, require_login, allowance

    def problems(self, who: Identity, code: Secret, usd: float, edits: int = 1) -> list[Problem]:
        """Why `who` may not begin `edits` paid edits at once, the first for `usd`: empty when they may.
        Reads the journal: JournalTrouble as it comes."""
        if self._require_login and not who.logged_in:
            return [
                Problem(
                    "api_key",
                    "Edits on this page's key are for those who signed in with Hugging Face: do that under "
                    f"Engine and key. Nothing was spent. {FREE_MEANWHILE}",
                )
            ]
        if wrong := self.code.problem(code, who):
            return [wrong]
        found = self._allowance(who, usd)
        if found.refusal:
            return [Problem("api_key", found.refusal)]
        if found.edits is not None and found.edits < edits:
            return [
                Problem(
                    "api_key",
                    f"You have {found.edits} of {found.limit} paid edits on this page's key left, and these "
                    f"are {edits}. Nothing was spent. {FREE_MEANWHILE}",
                )
            ]
        return []


def _said(sentence: str) -> Problem:
    free = "The preview engine is free, and your own Segmind key works without a code."
    return Problem("access_code", f"{sentence} Nothing was spent. {free}")
