"""A key is shown to nobody: not by its type, not by the log, and its ticket is good once."""

import logging

import pytest

from modules.checking import key_problem
from modules.secret import EXPIRED, KEY_PATTERN, Secret, Tickets, redact_logs

KEY = "SG_0123456789abcdef"


def test_a_secret_shows_itself_only_when_it_is_asked_to():
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {secret:>40} {[secret]}" and secret.reveal() == KEY
    assert secret == Secret(KEY) != Secret("other") and not Secret()


def test_a_ticket_is_exchanged_back_once():
    tickets = Tickets()
    ticket = tickets.issue(f" {KEY} ")
    assert KEY not in ticket and tickets.redeem(ticket).reveal() == KEY
    assert tickets.redeem(ticket) == EXPIRED
    assert tickets.issue("  ") == "" and not tickets.redeem(None) and not tickets.redeem({"a": 1})


def test_an_invented_ticket_is_worth_nothing():
    assert Tickets().redeem("ticket-" + "a" * 32) == EXPIRED
    assert key_problem(EXPIRED), "an expired key must not read as no key: the owner would pay"


def test_tickets_are_forgotten_after_a_while_and_are_never_too_many():
    now = [0.0]
    tickets = Tickets(seconds=10, most=3, clock=lambda: now[0])
    old = tickets.issue("old")
    now[0] = 11.0
    assert tickets.redeem(old) == EXPIRED
    made = [tickets.issue(f"key {n}") for n in range(5)]
    assert [tickets.redeem(one) != EXPIRED for one in made] == [False, False, True, True, True]


@pytest.mark.parametrize("name", ["", "uvicorn.error", "studio.jobs"])
def test_no_record_of_any_logger_carries_a_key(name):
    redact_logs()
    shown = []

    class Shown(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            shown.append(self.format(record))

    logger, handler = logging.getLogger(name), Shown()
    logger.addHandler(handler)
    try:
        logger.error("the key %s of %s", KEY, {"key": KEY})
        try:
            raise ValueError(f"refused: {KEY}")
        except ValueError:
            logger.exception("a call failed")
    finally:
        logger.removeHandler(handler)
    assert len(shown) == 2 and "ValueError" in shown[1] and not any(map(KEY_PATTERN.search, shown))


def test_a_bad_log_call_harms_nobody(caplog):
    redact_logs()
    logging.getLogger("somebody").error("%s and %s", KEY)
    assert KEY not in caplog.text and "%s and %s ('[key]',)" in caplog.text
