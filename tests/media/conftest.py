"""What the tests of media may use."""

from collections.abc import Iterator

import pytest

from tests.support.web_site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """A web that a test writes for itself."""
    made = Site()
    yield made
    made.close()
