"""What one client's clips may use up: no slot that others need, and none of the owner's money."""

import secrets
import time

import pytest

from tests.support.fake_upstream import FakeUpstream
from tests.support.media_samples import clip
from tests.support.raw_events import RawPage, fields
from tests.support.raw_requests import elsewhere, post_many
from tests.support.slow_clips import CLIP, drip, settings, spending, stages
from tests.support.studio_app import running_app
from tests.support.upstream_faults import trickle
from tests.support.waiting import until


@pytest.fixture(scope="module")
def upstream():
    """Segmind, where no edit ever ends; its files, whose host is trusted, arrive byte by byte."""
    with FakeUpstream(durations=(600, 600)) as upstream:
        upstream.always("file", trickle(0.5))
        yield upstream


@pytest.fixture(scope="module")
def app(tmp_path_factory, upstream):
    with running_app(tmp_path_factory.mktemp("drain"), **settings(upstream)) as app:
        yield app


@pytest.fixture(scope="module")
def first(app):
    return RawPage(app.url)


@pytest.mark.alone
def test_many_looks_of_one_client_do_not_keep_another_waiting(studio, tmp_path):
    """Each at another part of a clip with a single key frame, which takes a second."""
    first = RawPage(studio.url)
    greedy, other = first.another(source=elsewhere(2)), first.another()
    options = {"preset": "ultrafast", "crf": "30", "g": "600"}
    slow = clip(tmp_path / "slow.mp4", 1280, 720, 4.5, 30, options=options)
    theirs = greedy.uploaded(slow.read_bytes())
    mine, sessions = other.uploaded(CLIP), [secrets.token_hex(6) for _ in range(32)]
    form = {"video": theirs, "duration": 3, "aspect_ratio": "9:16"}
    bodies = [
        greedy.body("look", ["preview", "", *fields(**form, start=at / 25)], session=session)
        for at, session in enumerate(sessions)
    ]
    codes = post_many(first.url, bodies, greedy.source)
    began = time.monotonic()
    told = other.post("look", ["preview", "", *fields(video=mine)], seconds=12)
    assert time.monotonic() - began < 10 and "clip-report" in str(told[-1]["output"])
    taken = [session for session, code in zip(sessions, codes, strict=True) if code == 200]
    ends = [greedy.told(session, 30)[-1]["output"] for session in taken]
    said = [end["data"][0] if end.get("data") else end.get("error") or "" for end in ends]
    assert codes.count(429) + len([text for text in said if len(text.split()) > 3]) > 20, (codes, said)


def test_money_is_set_aside_for_an_edit_whose_clip_is_here(app, first):
    page = first.another()
    assert page.start(engine="segmind", video=page.uploaded(CLIP)) == {}
    until(lambda: stages(app, page) == ["QUEUED"], 30)
    assert [state for state, _ in spending(app, page)] == ["reserved"]


@pytest.mark.parametrize("what", ["nothing behind the address", "no server there", "no video", "too short"])
def test_no_money_is_ever_set_aside_for_a_clip_that_cannot_be_used(app, first, upstream, tmp_path, what):
    page = first.another()
    given = {
        "nothing behind the address": lambda: {"video_url": f"{upstream.url}/nothing.mp4"},
        "no server there": lambda: {"video_url": "http://127.0.0.1:8999/a.mp4"},
        "no video": lambda: {"video": page.uploaded(b"This is not a video. " * 50)},
        "too short": lambda: {"video": page.uploaded(clip(tmp_path / "a.mp4").read_bytes())},
    }[what]
    assert page.start(engine="segmind", **given()) == {}
    until(lambda: stages(app, page) == ["FAILED"], 30)
    assert spending(app, page) == []


def test_no_money_is_set_aside_while_a_clip_drips_in(app, first, upstream):
    page = drip(first.another(source=elsewhere(1)), upstream)
    time.sleep(0.5)
    assert stages(app, page) == ["PREPARING"] * 2
    assert spending(app, page) == []


def test_clips_that_drip_in_do_not_hold_up_edits_of_clips_that_are_here(app, first, upstream):
    for number in range(14):
        page = first.another(source=elsewhere(10 + number))
        page.start(engine="segmind", prompt=f"drip {number}", video_url=upstream.file_url)
    page = first.another()
    assert page.start(engine="segmind", video=page.uploaded(CLIP), prompt="rain") == {}
    until(lambda: stages(app, page) == ["QUEUED"], 20)


def test_one_address_may_not_have_any_number_of_edits_running(first, upstream):
    greedy, said = elsewhere(40), []
    for number in range(48):
        page = first.another(source=greedy)
        said += [page.start(engine="segmind", prompt=f"drop {number}", video_url=upstream.file_url)]
    refused = [problems for problems in said if problems]
    assert refused and all(len(" ".join(problems.values()).split()) > 3 for problems in refused), said
    other = first.another(source=elsewhere(41))
    assert other.start(engine="segmind", video=other.uploaded(CLIP), prompt="hail") == {}
