"""Messages that somebody reads are kept; the oldest of the others make room."""

import asyncio

from modules.ui.session_messages import READ_SECONDS, SessionMessages
from tests.support.manual_clock import ManualClock


def kept(most: int, clock: ManualClock, *sessions: str) -> SessionMessages:
    messages = SessionMessages(most, clock)
    for session in sessions:
        messages[session] = asyncio.Queue()
    return messages


def test_a_flood_of_sessions_forgets_the_oldest_that_nobody_reads():
    clock = ManualClock()
    messages = kept(3, clock, "read", "unread")
    for number in range(50):
        assert messages["read"] is not None  # its stream looks for the next message
        messages[f"flood {number}"] = asyncio.Queue()
    assert "read" in messages and "unread" not in messages and "flood 49" in messages
    assert sum(f"flood {number}" in messages for number in range(50)) == 2


def test_a_stream_that_has_long_gone_keeps_nothing():
    clock = ManualClock()
    messages = kept(2, clock, "read")
    assert messages["read"].empty()
    clock.advance(READ_SECONDS + 1)
    messages["one"] = asyncio.Queue()
    messages["other"] = asyncio.Queue()
    assert "read" not in messages


def test_who_only_adds_a_message_does_not_count_as_a_reader():
    clock = ManualClock()
    messages = kept(3, clock, "page")
    before = clock()
    clock.advance(1)
    assert messages.get("page") is not None and messages.get("nobody") is None
    assert not messages.read_since("page", before)
    assert messages["page"].empty() and messages.read_since("page", before)
