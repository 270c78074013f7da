"""A record that is gone, a file that is late: the history is asked, and a paid result is tried for long."""

import pytest

from modules.jobs.errors import JobError
from modules.jobs.identity import NOBODY
from modules.jobs.job import Stage
from modules.jobs.run import saving
from modules.segmind import errors as wire
from modules.segmind.history import HistoryRow
from modules.segmind.parsing import RequestState
from modules.segmind.reasons import Reason
from tests.support.runner_harness import KEY, harness
from tests.support.waiting import until

GONE = wire.NotFound("Segmind does not know this request.")
LATE = wire.ResultGone("The finished video is no longer at its address. It cannot be fetched.", code=404)


def finished(request_id: str, **changes) -> HistoryRow:
    facts = {"state": RequestState.COMPLETED, "cost": 2.2, "video_url": "https://files.test/history.mp4"}
    return HistoryRow(request_id, **{**facts, **changes})


def expired(made, *rows: HistoryRow, **start) -> str:
    """The id of an edit whose record is unknown at every poll."""
    made.engine.status_script = [GONE] * 1000
    made.engine.rows = list(rows)
    return made.start(**start)


def test_a_result_that_nobody_fetched_in_time_is_fetched_by_its_row(made):
    job = made.ended(expired(made, finished("request-0001"), key=None))
    assert (job.stage, job.cost_usd, job.cost_is_estimate) == (Stage.COMPLETED, 2.2, False)
    assert job.result and made.runner.allowance(NOBODY).usd == pytest.approx(10 - 2.2)


def test_a_failed_row_says_why_and_gives_the_money_back(made):
    row = finished(
        "request-0001", state=RequestState.FAILED, cost=0.0, video_url=None, reason=Reason("Image broken")
    )
    job = made.ended(expired(made, row, key=None))
    assert job.stage == Stage.FAILED and "Image broken" in job.error and job.charged == "nothing"
    assert made.runner.allowance(NOBODY).usd == 10


def test_a_failed_row_that_was_charged_says_so(made):
    row = finished("request-0001", state=RequestState.FAILED, cost=0.5, video_url=None, reason=Reason("Late"))
    job = made.ended(expired(made, row, key=None))
    assert job.stage == Stage.FAILED and "$0.50 were charged" in job.error and job.charged == "actual"
    assert made.runner.allowance(NOBODY).usd == pytest.approx(9.5)


def test_a_row_that_names_no_file_is_asked_on_then_expired_and_can_be_looked_up_again(made):
    job_id = expired(made, finished("request-0001", video_url=None), key=None)
    job = made.ended(job_id)
    assert job.stage == Stage.EXPIRED and "names no video" in job.error and made.engine.lookups >= 3
    made.engine.rows = [finished("request-0001")]
    made.runner.look_again(job_id, "visitor-1", None)
    job = until(lambda: (now := made.runner.get(job_id)).stage == Stage.COMPLETED and now)
    assert job.cost_usd == 2.2 and job.error is None


def test_looking_again_in_vain_leaves_it_as_it_was(made):
    job_id = expired(made, key=None)
    before = made.ended(job_id)
    lookups = made.engine.lookups
    made.runner.look_again(job_id, "visitor-1", None)
    job = until(lambda: (now := made.runner.get(job_id)).over and now.version > before.version and now)
    assert (job.stage, job.error) == (Stage.EXPIRED, before.error) and made.engine.lookups == lookups + 1


def test_an_expired_edit_that_had_failed_gives_the_money_back_when_that_is_found(made):
    job_id = expired(made, key=None)
    assert made.ended(job_id).stage == Stage.EXPIRED and made.runner.allowance(NOBODY).usd < 10
    row = finished(
        "request-0001", state=RequestState.FAILED, cost=None, video_url=None, reason=Reason("Blocked")
    )
    made.engine.rows = [row]
    made.runner.look_again(job_id, "visitor-1", None)
    until(lambda: made.runner.get(job_id).stage == Stage.FAILED)
    assert made.runner.allowance(NOBODY).usd == 10


def test_a_pasted_id_of_any_age_is_followed_to_its_result(made):
    made.engine.status_script = [GONE] * 1000
    made.engine.rows = [finished("request-of-last-week")]
    job = made.ended(made.runner.follow("request-of-last-week", "visitor-1", KEY))
    assert job.stage == Stage.COMPLETED and job.result and job.cost_usd == 2.2


def test_the_history_tells_the_cost_that_the_answer_did_not(made):
    made.engine.cost, made.engine.rows = None, [finished("request-0001")]
    job = made.ended(made.start(key=None))
    assert (job.cost_usd, job.cost_is_estimate, job.charged) == (2.2, False, "actual")
    assert made.runner.allowance(NOBODY).usd == pytest.approx(10 - 2.2)


def test_a_cost_that_lands_late_is_learned_after_the_video(made):
    made.engine.cost, made.engine.rows = None, [finished("request-0001", cost=None)]
    job_id = made.start(key=None)
    job = made.ended(job_id)
    assert job.stage == Stage.COMPLETED and job.cost_is_estimate and job.checking
    assert made.runner.newest_running("visitor-1") is None
    made.engine.rows = [finished("request-0001")]
    job = until(lambda: (now := made.runner.get(job_id)).over and now)
    assert (job.cost_usd, job.cost_is_estimate) == (2.2, False) and "$2.20" in job.message
    assert made.runner.allowance(NOBODY).usd == pytest.approx(10 - 2.2)


def test_a_new_address_is_asked_for_with_the_visitors_key(tmp_path):
    with harness(tmp_path, patience=0.0001) as made:
        made.engine.download_script = [wire.DownloadFailed("HTTP 403", code=403)] * 1000
        job = made.ended(made.start(key=KEY))
        assert job.stage == Stage.EXPIRED
        made.engine.download_script = [wire.DownloadFailed("HTTP 403", code=403)] * 2
        made.engine.result_script, made.engine.rows = [GONE], [finished("request-0001")]
        made.runner.look_again(job.job_id, "visitor-1", KEY)
        job = until(lambda: (now := made.runner.get(job.job_id)).stage == Stage.COMPLETED and now)
    assert job.result_url == "https://files.test/history.mp4"


def test_a_cost_that_nobody_tells_stays_an_estimate(made):
    made.engine.cost = None
    made.engine.history_script = [wire.ServerError("500")]
    job = made.ended(made.start())
    assert job.stage == Stage.COMPLETED and job.cost_is_estimate


@pytest.mark.parametrize(
    "fault",
    [
        LATE,
        wire.DownloadFailed("HTTP 403", code=403),
        wire.DownloadFailed("HTTP 500", code=500),
        OSError("cut"),
    ],
)
def test_a_late_file_is_waited_for(made, fault):
    made.engine.download_script = [fault] * 3
    job = made.ended(made.start())
    assert job.stage == Stage.COMPLETED and job.result and job.error is None
    assert len(made.engine.downloaded) == 4


def test_a_file_that_never_comes_is_tried_for_long_and_can_be_fetched_again(tmp_path, monkeypatch):
    pauses: list[float] = []
    times: list[float] = []
    stepped = saving._not_copied

    def noted(context, active, error):
        following = stepped(context, active, error)
        pauses.append(following.delay / context.patience)
        times.append(context.monotonic() / context.patience)
        return following

    monkeypatch.setattr(saving, "_not_copied", noted)
    with harness(tmp_path, patience=0.003) as made:
        made.engine.download_script = [LATE] * 1000
        job = made.ended(made.start(key=None))
        assert job.stage == Stage.EXPIRED and job.cost_usd == 1.9 and job.charged == "actual"
        assert "Fetch it again" in job.error and "$1.90" in job.error and not job.maybe_billed
        assert 600 < saving.FETCH_SECONDS - 120 < times[-1] - times[0], "at full patience"
        assert max(pauses) <= 120 and pauses[6] > pauses[3] > pauses[0]
        made.engine.download_script = []
        made.runner.look_again(job.job_id, "visitor-1", None)
        again = until(lambda: (now := made.runner.get(job.job_id)).stage == Stage.COMPLETED and now)
        assert again.result and again.error is None and len(made.engine.submitted) == 1


def test_a_visitors_result_is_fetched_again_without_the_key(tmp_path):
    with harness(tmp_path, patience=0.0001) as made:
        made.engine.download_script = [LATE] * 1000
        job = made.ended(made.start(key=KEY))
        assert job.stage == Stage.EXPIRED and "https://files.test/out.mp4" in job.error
        made.engine.download_script = []
        made.runner.look_again(job.job_id, "visitor-1", None)
        until(lambda: made.runner.get(job.job_id).stage == Stage.COMPLETED)


def test_a_new_address_is_taken_when_the_old_one_is_refused(made):
    made.engine.download_script = [wire.DownloadFailed("HTTP 403", code=403)] * 2
    made.engine.result_script = [None, GONE]
    made.engine.rows = [finished("request-0001")]
    job = made.ended(made.start())
    assert job.stage == Stage.COMPLETED and job.result_url == "https://files.test/history.mp4"


def test_nothing_else_can_be_looked_for(made):
    job = made.ended(made.start())
    with pytest.raises(JobError, match="nothing to look for"):
        made.runner.look_again(job.job_id, "visitor-1", KEY)
