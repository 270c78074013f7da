"""What the tests on the wire share: an engine, a job runner with the real client against it, and an app that
is given odd values."""

from collections.abc import Iterator

import pytest

from tests.support.command_line import CommandLine
from tests.support.fake_upstream import FakeUpstream
from tests.support.studio_app import App, loopback_is_public, running_app
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


@pytest.fixture
def paid(tmp_path, upstream) -> CommandLine:
    """Commands with a key."""
    return CommandLine(tmp_path / "data", upstream)


@pytest.fixture
def free(tmp_path) -> CommandLine:
    """Commands without one."""
    return CommandLine(tmp_path / "data")


@pytest.fixture(scope="session")
def inputs_app(tmp_path_factory) -> Iterator[App]:
    """A keyless app of its own for what visitors make up; this machine is the Internet to it."""
    folder = tmp_path_factory.mktemp("inputs")
    with running_app(folder / "data", **loopback_is_public(folder / "public")) as app:
        yield app
