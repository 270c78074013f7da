"""A result carries what was asked for; when that cannot be written, it is kept as it came, and at once."""

from pathlib import Path

import pytest

from modules.edit.file_settings import settings_in
from modules.jobs.job import Stage
from modules.media.errors import MediaError
from tests.support.runner_harness import harness


def test_a_result_carries_its_settings(tmp_path):
    with harness(tmp_path) as made:
        job = made.ended(made.start(prompt="Make it snow", mode="std", duration="4"))
        [tags] = made.media.tagged
        found = settings_in(tags)
        assert (found.request.prompt, found.request.mode, found.request.duration) == (
            "Make it snow",
            "std",
            "4",
        )
        assert found.request_id == job.request_id and found.engine == "segmind"
        for hidden in ("SG_", job.visitor, "dunes", str(tmp_path), str(job.cost_usd)):
            assert hidden not in str(tags)


@pytest.mark.parametrize("problem", [MediaError("no"), OSError(28, "no room"), RuntimeError("a bug")])
def test_a_result_that_cannot_carry_them_is_kept_as_it_came(tmp_path, problem):
    with harness(tmp_path) as made:
        made.media.tag_problem = problem
        job = made.ended(made.start())
        assert job.stage == Stage.COMPLETED and Path(job.result).read_bytes() == b"an edited video"
        assert len(made.engine.downloaded) == 1 == len(made.media.tagged)


def test_what_was_sent_elsewhere_is_not_guessed_at(tmp_path):
    with harness(tmp_path) as made:
        job_id = made.runner.follow("request-0000", "visitor-1", None)
        assert made.ended(job_id).stage == Stage.COMPLETED
        assert made.media.tagged == []
