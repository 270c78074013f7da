"""The cache of fitted clips: once for all who ask, half an hour, within a bound, and never half a clip."""

import os
import threading
from dataclasses import replace

import pytest

from modules.edit.framing import Framing
from modules.media.errors import MediaError
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.fit_cache import FitCache, GivenUp
from modules.media.read.clip import ClipFacts
from tests.support.waiting import until

FACTS = ClipFacts(1080, 1920, 30.0, 6.0, 0, "h264", "yuv420p", None, False, 1000, "mp4")
PLAN = plan_conform(FACTS, 5, "16:9", Framing())


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Fitting:
    """Writes what it is told to; counts how often."""

    def __init__(self, content=b"fitted", size=1000, error=None):
        self.content, self.size, self.error, self.times = content, size, error, 0
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, path, tell):
        self.times += 1
        tell(0.5)
        self.go_on.wait(20)
        if self.error:
            raise self.error
        path.write_bytes(self.content)
        return replace(FACTS, size_bytes=self.size)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.mp4"
    path.write_bytes(b"a clip")
    return path


@pytest.fixture
def cache(tmp_path):
    clock = Clock()
    cache = FitCache(tmp_path / "fitted", max_bytes=2500, kept_seconds=100, clock=clock)
    cache.clock = clock
    yield cache
    cache.close()


def nobody(share):
    pass


def files(tmp_path):
    return sorted((tmp_path / "fitted").glob("*/*.mp4"))


def test_the_same_clip_with_the_same_plan_is_fitted_once(cache, source, tmp_path):
    fit, copy = Fitting(), tmp_path / "another name.mov"
    copy.write_bytes(source.read_bytes())
    for number, clip in enumerate((source, copy, source)):
        target = tmp_path / "job" / f"{number}.mp4"
        facts = cache.fitted(cache.key(clip, PLAN, draft=True), target, fit, nobody)
        assert target.read_bytes() == b"fitted" and facts.size_bytes == 1000
    assert fit.times == 1


@pytest.mark.parametrize(
    "other",
    [
        lambda source: (source, replace(PLAN, start=1.0), {"draft": True}),
        lambda source: (source, replace(PLAN, fit="pad"), {"draft": True}),
        lambda source: (source, replace(PLAN, needed=False), {"draft": True}),
        lambda source: (source, PLAN, {"draft": False}),
        lambda source: (source.write_bytes(b"another clip") and source, PLAN, {"draft": True}),
    ],
)
def test_whatever_changes_the_outcome_is_another_clip(cache, source, other):
    first = cache.key(source, PLAN, draft=True)
    path, plan, options = other(source)
    os.utime(path, (1, 1))  # a file that changed within the resolution of its clock
    assert cache.key(path, plan, **options) != first


def test_who_asks_while_it_is_fitted_waits_for_that_and_sees_how_far_it_is(cache, source, tmp_path):
    fit, told, got = Fitting(), [], []
    fit.go_on.clear()
    key = cache.key(source, PLAN)
    ahead = threading.Thread(target=cache.prepare, args=(key, fit))
    ahead.start()
    until(lambda: fit.times == 1)
    job = threading.Thread(target=lambda: got.append(cache.fitted(key, tmp_path / "a.mp4", fit, told.append)))
    job.start()
    until(lambda: 0.5 in told)
    assert not got
    fit.go_on.set()
    job.join(20)
    ahead.join(20)
    assert got and (tmp_path / "a.mp4").read_bytes() == b"fitted" and fit.times == 1 and told[-1] == 1.0


@pytest.mark.parametrize("somebody_waits", [False, True])
def test_what_nobody_wants_any_more_is_given_up_unless_somebody_waits(
    cache, source, tmp_path, somebody_waits
):
    fit, key, unwanted, told = Fitting(), cache.key(source, PLAN), threading.Event(), []
    ends, reported = [], threading.Event()

    def slow(path, tell):
        fit.times += 1
        fit.go_on.wait(20)
        tell(0.7)
        return Fitting()(path, tell)

    def ahead():
        try:
            ends.append(cache.prepare(key, slow, unwanted.is_set))
        except GivenUp:
            ends.append("given up")
        reported.set()

    fit.go_on.clear()
    threading.Thread(target=ahead).start()
    until(lambda: fit.times)
    if somebody_waits:
        job = threading.Thread(target=lambda: cache.fitted(key, tmp_path / "a.mp4", slow, told.append))
        job.start()
        until(lambda: told)
    unwanted.set()
    fit.go_on.set()
    assert reported.wait(20)
    assert (ends == ["given up"]) == (not somebody_waits) and cache.has(key) == somebody_waits
    if somebody_waits:
        job.join(20)
        assert (tmp_path / "a.mp4").exists() and fit.times == 1


def test_who_waited_for_one_that_failed_does_it_again(cache, source, tmp_path):
    wrong, right = Fitting(error=MediaError("stopped")), Fitting()
    wrong.go_on.clear()
    key = cache.key(source, PLAN)
    errors, told, got = [], [], []

    def ahead():
        try:
            cache.prepare(key, wrong)
        except MediaError as error:
            errors.append(error)

    first = threading.Thread(target=ahead)
    first.start()
    until(lambda: wrong.times == 1)
    second = threading.Thread(
        target=lambda: got.append(cache.fitted(key, tmp_path / "a.mp4", right, told.append))
    )
    second.start()
    until(lambda: told)
    wrong.go_on.set()
    for thread in (first, second):
        thread.join(20)
    assert errors and got and right.times == 1


def test_what_failed_is_tried_again_and_leaves_nothing(cache, source, tmp_path):
    key = cache.key(source, PLAN)
    with pytest.raises(MediaError):
        cache.fitted(key, tmp_path / "a.mp4", Fitting(error=MediaError("no")), nobody)
    assert not (tmp_path / "a.mp4").exists() and not cache.has(key)
    cache.fitted(key, tmp_path / "a.mp4", Fitting(), nobody)


def test_what_nobody_uses_goes_and_what_a_job_has_stays_there(cache, source, tmp_path):
    key = cache.key(source, PLAN)
    cache.fitted(key, tmp_path / "job.mp4", Fitting(), nobody)
    cache.clock.now = 99
    cache.sweep()
    assert cache.has(key)
    cache.fitted(key, tmp_path / "job.mp4", Fitting(), nobody)  # used again
    cache.clock.now = 198
    cache.sweep()
    assert cache.has(key)
    cache.clock.now = 200
    cache.sweep()
    assert not cache.has(key) and not files(tmp_path)
    assert (tmp_path / "job.mp4").read_bytes() == b"fitted"


def test_the_cache_keeps_within_its_bound(cache, source, tmp_path):
    keys = [cache.key(source, replace(PLAN, start=float(start))) for start in range(4)]
    for key in keys:
        cache.prepare(key, Fitting())
    assert [cache.has(key) for key in keys] == [False, False, True, True]
    assert len(files(tmp_path)) == 2


def test_one_that_is_larger_than_the_bound_is_still_given(cache, source, tmp_path):
    cache.fitted(cache.key(source, PLAN), tmp_path / "a.mp4", Fitting(size=9000), nobody)
    assert (tmp_path / "a.mp4").read_bytes() == b"fitted"


def test_a_fitted_clip_that_somebody_removed_is_fitted_again(cache, source, tmp_path):
    fit, key = Fitting(), cache.key(source, PLAN)
    cache.fitted(key, tmp_path / "a.mp4", fit, nobody)
    for path in files(tmp_path):
        path.unlink()
    cache.fitted(key, tmp_path / "a.mp4", fit, nobody)
    assert fit.times == 2 and (tmp_path / "a.mp4").read_bytes() == b"fitted"


def test_who_removes_an_edit_removes_its_fitted_clip(cache, source, tmp_path):
    key, other = cache.key(source, PLAN), cache.key(source, replace(PLAN, start=1.0))
    cache.fitted(key, tmp_path / "job.mp4", Fitting(), nobody)
    cache.prepare(other, Fitting())
    cache.forget(tmp_path / "job.mp4")
    assert not cache.has(key) and cache.has(other)
    cache.forget(tmp_path / "nothing there.mp4")


def test_what_a_killed_process_left_is_removed_after_a_while(cache, source, tmp_path):
    cache.prepare(cache.key(source, PLAN), Fitting())
    old, young = tmp_path / "fitted" / "fits-old", tmp_path / "fitted" / "fits-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "a.mp4").write_bytes(b"somebody's clip")
    os.utime(old, (1, 1))
    cache.sweep()
    assert not old.exists() and young.exists() and len(files(tmp_path)) == 2


def test_a_closed_cache_leaves_nothing(cache, source, tmp_path):
    cache.prepare(cache.key(source, PLAN), Fitting())
    cache.close()
    assert not files(tmp_path)


def test_a_clip_is_looked_at_once_while_its_file_is_the_same(cache, source, tmp_path):
    looks = []

    def probe():
        looks.append(source.read_bytes())
        return FACTS

    link = tmp_path / "link.mp4"
    os.link(source, link)
    assert [cache.facts(path, probe) for path in (source, link)] == [FACTS, FACTS] and len(looks) == 1
    source.write_bytes(b"another clip")
    cache.facts(source, probe)
    assert looks == [b"a clip", b"another clip"]
    with pytest.raises(FileNotFoundError):
        cache.facts(tmp_path / "nothing there.mp4", probe)
