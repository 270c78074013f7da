"""The limit of a key: who goes first, what a 429 does, and what quiet minutes do."""

import pytest

from modules.secret import Secret
from modules.segmind.rate_limit import KeyLimit, KeyLimits, Priority

NOW = 1_800_000_000.0


def served(
    limit: KeyLimit, asked: list[tuple[str, Priority]], seconds: float = 600.0
) -> list[tuple[float, str]]:
    """Each ticket asks until it is served, at the times it is told: [(seconds since NOW, ticket)], in
    order."""
    due, done = {ticket: 0.0 for ticket, _ in asked}, []
    priorities = dict(asked)
    while due and (at := min(due.values())) <= seconds:
        ticket = next(name for name, when in due.items() if when == at)
        wait = limit.turn(ticket, priorities[ticket], NOW + at)
        if wait:
            due[ticket] = at + wait
        else:
            done.append((at, ticket))
            del due[ticket]
    return done


def drained(per_minute: float = 60.0) -> KeyLimit:
    limit = KeyLimit(per_minute, NOW)
    while not limit.turn("drain", Priority.POLL, NOW):
        pass
    limit.leave("drain")
    return limit


def test_a_single_edit_never_waits():
    limit = KeyLimit(40, NOW)
    assert [limit.turn(str(n), Priority.POLL, NOW) for n in range(10)] == [0.0] * 10
    assert limit.turn("one more", Priority.POLL, NOW) > 0


def test_submits_go_before_results_before_polls_before_credits():
    asked = [
        ("credits", Priority.CREDITS),
        ("poll", Priority.POLL),
        ("due poll", Priority.DUE_POLL),
        ("result", Priority.RESULT),
        ("submit", Priority.SUBMIT),
    ]
    order = [ticket for _, ticket in served(drained(), asked)]
    assert order == ["submit", "result", "due poll", "poll", "credits"]


def test_among_equals_the_first_comes_first_and_all_keep_the_rate():
    done = served(drained(60), [(str(n), Priority.POLL) for n in range(30)])
    assert [ticket for _, ticket in done] == [str(n) for n in range(30)]
    assert done[-1][0] == pytest.approx(30.0, abs=0.5)


def test_who_does_not_come_back_blocks_nobody():
    limit = drained(60)
    for n in range(5):
        limit.turn(f"gone {n}", Priority.SUBMIT, NOW)
    assert limit.turn("poll", Priority.POLL, NOW + 30) == 0.0


def test_a_429_stops_all_until_the_reset_and_halves_the_rate_once():
    limit = KeyLimit(40, NOW)
    for n in range(3):  # three answers to requests that were under way together
        limit.refused(NOW + 20, NOW + n / 10, NOW - 1)
    assert limit.per_minute == 20
    assert limit.turn("a", Priority.SUBMIT, NOW + 1) == pytest.approx(19.0)
    assert limit.turn("a", Priority.SUBMIT, NOW + 20) == 0.0
    assert limit.turn("b", Priority.SUBMIT, NOW + 20) == pytest.approx(3.0)
    limit.refused(NOW + 60, NOW + 21, NOW + 20)
    assert limit.per_minute == 10


def test_quiet_minutes_raise_it_again_to_what_it_was():
    limit = KeyLimit(40, NOW)
    for n in range(6):
        limit.refused(NOW + n, NOW + n, NOW + n)
    assert limit.per_minute == 1
    rates = []
    for minute in range(40):
        limit.turn("a", Priority.POLL, NOW + 6 + 60 * minute)
        rates.append(limit.per_minute)
    assert rates == sorted(rates) and rates[-1] == 40 and rates[5] < 5


def test_a_shorter_pause_never_shortens_a_longer_one():
    limit = KeyLimit(40, NOW)
    limit.refused(NOW + 10, NOW, NOW)
    limit.refused(NOW + 3, NOW, NOW)
    assert limit.turn("a", Priority.POLL, NOW + 9) == pytest.approx(1.0)
    assert limit.turn("a", Priority.POLL, NOW + 10) == 0.0


def test_without_a_limit_only_a_429_makes_a_pause():
    limit = KeyLimit(0, NOW)
    assert not any(limit.turn(str(n), Priority.POLL, NOW) for n in range(1000))
    limit.refused(NOW + 10, NOW, NOW)
    assert limit.turn("a", Priority.POLL, NOW + 1) == pytest.approx(9.0)
    assert limit.turn("a", Priority.POLL, NOW + 10) == 0.0


def test_one_keys_limit_is_not_anothers_nor_another_engines():
    limits = KeyLimits()
    names = [limits.name("https://engine", Secret("SG_a")), limits.name("https://engine", Secret("SG_b"))]
    names.append(limits.name("https://other", Secret("SG_a")))
    limits.of(names[0], 40, NOW).refused(NOW + 10, NOW, NOW)
    assert [limits.of(name, 40, NOW).paused_until for name in names] == [NOW + 10, 0.0, 0.0]
    assert limits.of(limits.name("https://engine", Secret("SG_a")), 40, NOW).per_minute == 20


def test_no_key_is_kept_and_what_is_idle_is_forgotten():
    limits, key = KeyLimits(), "SG_0123456789abcdef"
    for index in range(100):
        limits.of(limits.name("https://engine", Secret(f"{key}{index}")), 40, NOW).turn(
            "a", Priority.POLL, NOW
        )
    assert key not in repr(vars(limits))
    limits.of(limits.name("https://engine", Secret(key)), 40, NOW + 900)
    assert limits.kept == 1
