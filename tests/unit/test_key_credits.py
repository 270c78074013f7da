"""The credits of a key: asked seldom, and never a reason to fail."""

import asyncio
import contextlib

import pytest

from modules.key_credits import ANSWER_SECONDS, KeyCredits
from modules.secret import Secret
from modules.segmind.errors import Unauthorized

KEY, OTHER = Secret("SG_0123456789abcdef"), Secret("SG_fedcba9876543210")


@pytest.fixture
def asked() -> list[Secret]:
    return []


def answers(
    asked: list[Secret], keys: list[Secret], moments: list[float], *, error: Exception | None = None
) -> list[float | None]:
    """What is said of `keys`, one asked after the other; `moments`: what the clock says, in order."""

    def ask(key: Secret) -> float:
        asked.append(key)
        if error:
            raise error
        return 12.5

    now = iter(moments)
    with contextlib.closing(KeyCredits(ask, monotonic=lambda: next(now))) as credits:

        async def all_of_them() -> list[float | None]:
            return [await credits.of(key) for key in keys]

        return asyncio.run(all_of_them())


def test_a_key_is_asked_about_once_a_minute(asked):
    # The clock is looked at when an answer is kept, and when a kept one is found.
    moments = [0.0, ANSWER_SECONDS - 1.0, ANSWER_SECONDS + 1.0, ANSWER_SECONDS + 1.0]
    assert answers(asked, [KEY, KEY, KEY], moments) == [12.5] * 3 and asked == [KEY, KEY]


def test_every_key_has_its_own_answer(asked):
    assert answers(asked, [KEY, OTHER], [0.0, 0.0]) == [12.5] * 2 and asked == [KEY, OTHER]


def test_what_cannot_be_known_is_none_and_not_asked_again_at_once(asked):
    said = answers(asked, [KEY, KEY], [0.0, 1.0], error=Unauthorized("No."))
    assert said == [None, None] and asked == [KEY]
