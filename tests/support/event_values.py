"""What events and calls are given, and how a wrong one is refused."""

from tests.support.raw_events import fields

REFUSED = (400, 413, 422)
CLIP = b"This is not a video. " * 50
"""Enough for an edit that is written down: what is in it, the edit finds out."""
EDIT = ["winter", None, "pro", "5", "16:9", False, "customize", [], [], ""]
"""What /edit is called with, in order."""
BEARERS = {
    "arrive": lambda token: [token],
    "edits": lambda token: [token, "", None],
    "start": lambda token: [token, "preview", "", "", *fields()],
    "watch": lambda token: [token, None],
    "watch_all": lambda token: [token, None],
    "act": lambda token: [token, "", "", None],
    "follow": lambda token: [token, "", "abcdefgh"],
    "start_all": lambda token: [token, "preview", "", "", "a", "", "", "", *fields()],
}
"""Events of which the first value is the visitor's token."""
