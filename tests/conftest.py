"""What every test may use."""

from collections.abc import Iterator

import pytest

from tests.support.studio_app import App, running_app


@pytest.fixture(scope="session")
def studio() -> Iterator[App]:
    """One keyless app for all tests that do not change it: the preview engine does the edits."""
    with running_app() as app:
        yield app
