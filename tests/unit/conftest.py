"""What several unit tests may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mounted import Mount
from tests.support.runner_harness import RunnerHarness, harness


@pytest.fixture
def made(tmp_path: Path) -> Iterator[RunnerHarness]:
    """A job runner with a scripted engine."""
    with harness(tmp_path) as one:
        yield one


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder on a mounted bucket."""
    (tmp_path / "bucket").mkdir()
    return tmp_path / "bucket"


@pytest.fixture
def mount() -> Mount:
    """Writes copies to that bucket."""
    return Mount()
