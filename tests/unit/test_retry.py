"""The retry table and the pauses, without a network."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.segmind import errors, retry
from modules.segmind.retry import RULES, AttemptOutcome, Call, RetryPolicy, Wait

NOW = 1_800_000_000.0

SUBMIT_TABLE = {
    AttemptOutcome.NOT_CONNECTED: (True, "NotReached"),
    AttemptOutcome.RATE_LIMITED: (True, "RateLimited"),
    AttemptOutcome.SERVER_ERROR: (True, "ServerError"),
    AttemptOutcome.REFUSED: (False, "by code"),
    AttemptOutcome.LOST: (False, "AmbiguousSubmit"),
    AttemptOutcome.TIMED_OUT: (False, "AmbiguousSubmit"),
    AttemptOutcome.UNREADABLE: (False, "AmbiguousSubmit"),
    AttemptOutcome.REDIRECTED: (False, "AmbiguousSubmit"),
}


@pytest.mark.parametrize("outcome", AttemptOutcome)
def test_a_submit_is_repeated_only_when_certainly_not_accepted(outcome):
    rule = RULES[Call.SUBMIT][outcome]
    assert (rule.again, rule.error) == SUBMIT_TABLE[outcome]


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("outcome", AttemptOutcome)
def test_the_table_has_a_rule_for_every_call_and_outcome(call, outcome):
    rule = RULES[call][outcome]
    assert rule.again == (rule.wait is not Wait.NONE)
    assert issubclass(retry.error_class(rule.error), errors.SegmindError)


def test_what_is_ambiguous_is_maybe_billed_and_never_repeated():
    for rule in RULES[Call.SUBMIT].values():
        kind = retry.error_class(rule.error)
        if kind.maybe_billed:
            assert not rule.again
    assert errors.AmbiguousSubmit.maybe_billed


def test_reads_and_uploads_are_repeated_after_any_fault_of_the_network():
    for call in (Call.READ, Call.UPLOAD):
        for outcome in (
            AttemptOutcome.NOT_CONNECTED,
            AttemptOutcome.LOST,
            AttemptOutcome.TIMED_OUT,
            AttemptOutcome.UNREADABLE,
            AttemptOutcome.SERVER_ERROR,
        ):
            assert RULES[call][outcome].again
        assert not RULES[call][AttemptOutcome.REFUSED].again


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (200, None),
        (202, None),
        (302, AttemptOutcome.REDIRECTED),
        (400, AttemptOutcome.REFUSED),
        (406, AttemptOutcome.REFUSED),
        (422, AttemptOutcome.REFUSED),
        (429, AttemptOutcome.RATE_LIMITED),
        (500, AttemptOutcome.SERVER_ERROR),
        (504, AttemptOutcome.SERVER_ERROR),
        (700, AttemptOutcome.REDIRECTED),
        (101, AttemptOutcome.REDIRECTED),
    ],
)
def test_a_status_code_stands_for_one_outcome(code, outcome):
    assert retry.outcome_of(code) is outcome


@given(attempt=st.integers(1, 60), jitter=st.floats(0, 1))
def test_a_pause_is_jittered_over_its_whole_range_and_bounded(attempt, jitter):
    policy = RetryPolicy(base=0.5, cap=20.0)
    pause = policy.backoff(attempt, lambda: jitter)
    assert pause == jitter * min(20.0, 0.5 * 2.0 ** (attempt - 1))
    assert 0 <= pause <= 20.0


def _forms(moment: datetime) -> dict[str, str]:
    return {
        "epoch seconds": str(int(moment.timestamp())),
        "epoch with fraction": f"{moment.timestamp():.3f}",
        "milliseconds": str(int(moment.timestamp() * 1000)),
        "microseconds": str(int(moment.timestamp() * 1_000_000)),
        "ISO with Z": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ISO with offset": moment.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "ISO without zone": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "ISO with a space": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "HTTP date": moment.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "seconds from now": str(int(moment.timestamp() - NOW)),
        "quoted": f'"{int(moment.timestamp())}"',
    }


@pytest.mark.parametrize("form", list(_forms(datetime.fromtimestamp(NOW, UTC))))
def test_a_reset_is_read_in_every_form_a_server_may_write(form):
    moment = datetime.fromtimestamp(NOW + 42, UTC)
    assert retry.parse_moment(_forms(moment)[form], NOW) == pytest.approx(NOW + 42, abs=0.01)


@pytest.mark.parametrize(
    "text", [None, "", "soon", "-5", "nan", "inf", "1e300", "99999-99-99", "Tomorrow, 5 o'clock"]
)
def test_an_unreadable_reset_is_none_and_no_exception(text):
    assert retry.parse_moment(text, NOW) is None


@given(st.text(max_size=40))
def test_no_header_text_makes_the_parser_raise(text):
    moment = retry.parse_moment(text, NOW)
    assert moment is None or isinstance(moment, float)


def test_retry_after_is_honoured_before_the_reset_header():
    headers = {"Retry-After": "7", "x-rate-limit-reset-at-utc": str(NOW + 50)}
    assert retry.reset_moment(headers, NOW) == NOW + 7
    assert retry.reset_moment({"x-rate-limit-reset-at-utc": str(NOW + 50)}, NOW) == NOW + 50
    assert (
        retry.reset_moment({"Retry-After": "rubbish", "x-rate-limit-reset-at-utc": str(NOW + 50)}, NOW)
        == NOW + 50
    )
