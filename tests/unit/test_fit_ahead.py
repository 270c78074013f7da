"""Fitting before the press: what is wanted, and when nothing is done."""

from types import SimpleNamespace

import pytest

from modules.edit.framing import Framing
from modules.jobs.identity import Identity
from modules.jobs.run import fit_ahead
from modules.media.errors import ClipError
from tests.support.runner_harness import KEY, RunnerHarness, edit
from tests.support.scripted_media import CLIP
from tests.support.waiting import until

WHO = Identity(person="p", address="192.0.2.1", browser="b")


@pytest.fixture
def studio(tmp_path, monkeypatch):
    monkeypatch.setattr(fit_ahead, "SETTLED_SECONDS", 0.05)
    allowed = {"192.0.2.1"}
    harness = RunnerHarness(tmp_path, ahead_allowed=lambda address: address in allowed)
    yield SimpleNamespace(harness=harness, media=harness.media, ahead=harness.runner.ahead, allowed=allowed)
    harness.close()


def want(studio, who=WHO, engine="preview", payer="none", **changes):
    studio.ahead.want(who, edit(**changes), Framing(start=2.0), engine, payer)


def test_it_is_fitted_as_the_job_would_have_it(studio):
    want(studio, duration="7", aspect_ratio="1:1", keep_audio=False)
    until(lambda: studio.media.ahead)
    source, plan, keep_audio, draft = studio.media.ahead[0]
    assert source == str(CLIP) and (keep_audio, draft) == (False, True)
    assert (plan.seconds, plan.start, plan.width) == (7.0, 2.0, plan.height)


def test_the_engine_here_gets_the_clip_and_segmind_gets_nothing_unasked(studio):
    sent = studio.harness.engine.uploaded
    want(studio, engine="segmind", payer="visitor")
    until(lambda: len(studio.media.ahead) == 1 and not studio.ahead.waiting)
    assert not sent
    want(studio)
    until(lambda: sent)
    until(lambda: not studio.ahead.waiting)
    studio.harness.ended(studio.harness.start(engine="preview", key=None))
    assert len(sent) == 1  # the job found it there


def test_a_paid_one_is_written_in_full_quality_and_never_copied(studio):
    studio.media.needed = False
    want(studio, engine="segmind", payer="owner")
    until(lambda: studio.media.ahead)
    _, plan, _, draft = studio.media.ahead[0]
    assert plan.needed and not draft


def test_an_address_is_not_fetched_for_it(studio):
    for number, address in enumerate(("https://clips.example/a.mp4", "", str(CLIP))):
        want(studio, who=Identity(person="p", address="192.0.2.1", browser=str(number)), video_url=address)
    until(lambda: studio.media.ahead)
    assert [source for source, *_ in studio.media.ahead] == [str(CLIP)]


def test_only_the_last_of_many_choices_is_fitted(studio):
    """A slider that is moved gives one a moment."""
    for seconds in range(3, 13):
        want(studio, duration=str(seconds))
    until(lambda: not studio.ahead.waiting)
    assert [plan.seconds for _, plan, *_ in studio.media.ahead] == [12.0]


def test_what_is_replaced_while_it_is_fitted_is_given_up(studio):
    studio.media.before_ahead.clear()
    want(studio, aspect_ratio="9:16")
    until(lambda: len(studio.media.ahead) == 1)
    want(studio, aspect_ratio="9:16", prompt="Only the words are others")
    want(studio, who=Identity(person="q", address="192.0.2.1", browser="another"), aspect_ratio="1:1")
    assert not studio.media.given_up
    want(studio, aspect_ratio="16:9")
    until(lambda: studio.media.given_up == 1)
    studio.media.before_ahead.set()
    until(lambda: not studio.ahead.waiting)
    assert [plan.width > plan.height for _, plan, *_ in studio.media.ahead] == [False, False, True]


def test_one_address_gets_its_share_and_no_more(studio):
    stranger = Identity(person="q", address="192.0.2.2", browser="c")
    want(studio, who=stranger)
    want(studio)
    until(lambda: studio.media.ahead)
    studio.allowed.add(stranger.address)
    want(studio, who=stranger)
    until(lambda: len(studio.media.ahead) == 2)


def test_nothing_is_fitted_ahead_while_an_edit_is_prepared(studio):
    """Who pressed goes before who may press."""
    harness, media = studio.harness, studio.media
    media.before_conform.clear()
    job_id = harness.start()
    until(lambda: media.drafts)
    looks = media.looks
    want(studio, prompt="too early")
    until(lambda: not studio.ahead.waiting)
    media.before_conform.set()
    harness.ended(job_id)
    assert not media.ahead and media.looks == looks + 1  # at what was written for the job
    want(studio, prompt="now")
    until(lambda: media.ahead)


def test_a_clip_that_cannot_be_read_stops_nothing(studio):
    studio.media.problem = ClipError("broken")
    want(studio)
    until(lambda: studio.media.looks)
    studio.media.problem = None
    want(studio)
    until(lambda: studio.media.ahead)


def test_a_free_edit_is_fitted_quickly_and_a_paid_one_in_full_quality(studio):
    for engine, draft in (("preview", True), ("segmind", False)):
        studio.harness.start(engine=engine, key=KEY)
        until(lambda draft=draft: draft in studio.media.drafts)


def test_removing_an_edit_removes_what_was_kept_of_its_clip(studio):
    harness = studio.harness
    job = harness.ended(harness.start(engine="preview", key=None))
    before = harness.runner.get(job.job_id).before
    harness.runner.forget(job.job_id, job.visitor)
    assert [str(path) for path in studio.media.forgotten] == [before]
