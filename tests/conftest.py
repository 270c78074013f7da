"""What every test may use."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.studio_app import App, running_app

# A shell has what it starts in the background ignore Ctrl+C, and so would the processes of the tests.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def studio() -> Iterator[App]:
    """One keyless app for all tests that do not change it: the preview engine does the edits."""
    with running_app() as app:
        yield app
