"""What the tests of jobs on the wire share: an engine, and a job runner with the real client against it."""

import pytest

from tests.support.fake_upstream import FakeUpstream
from tests.support.wire_room import Room


@pytest.fixture
def upstream():
    with FakeUpstream(durations=(0.05, 0.1)) as made:
        yield made


@pytest.fixture
def room(tmp_path, upstream):
    made = Room(tmp_path, upstream)
    yield made
    made.runner.close()
