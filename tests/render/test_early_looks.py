"""Looks that are begun before all samples are there, and those that the next edit of a clip reuses."""

from concurrent.futures import Executor, Future
from pathlib import Path

import cv2
import numpy as np
import pytest

from modules.preview.prompt.plan import Who
from modules.preview.queue.order import RenderOrder, run_order
from modules.preview.render import render
from modules.preview.subject import networks
from modules.preview.subject.early_looks import EarlyLooks
from modules.preview.subject.look_memory import LookMemory, remembering
from modules.preview.subject.people import find_people
from modules.preview.subject.pose_network import Region, glance, look
from modules.preview.subject.salient import find_salient
from modules.preview.task import RenderTask
from modules.preview.video.prefetch import spread
from tests.support.render_samples import CLIPS, write_clip

DOG = Path(__file__).parents[1] / "bench" / "subject_masks" / "dog_640x360.mp4"


def frames(path: Path, count: int) -> list[np.ndarray]:
    reader = cv2.VideoCapture(str(path))
    every = int(reader.get(cv2.CAP_PROP_FRAME_COUNT)) // count
    found = [reader.read()[1] for _ in range(every * count)][::every]
    reader.release()
    return found


class AtOnce(Executor):
    """Does each work when it is submitted."""

    def submit(self, fn, /, *args, **kwargs):
        done: Future = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@pytest.fixture
def runs(monkeypatch) -> list[str]:
    """The names of the networks, each time that one is run."""
    told: list[str] = []
    real = networks.small

    class Counted:
        def __init__(self, name: str) -> None:
            self._name, self.get_inputs = name, real(name).get_inputs

        def run(self, *values):
            told.append(self._name)
            return real(self._name).run(*values)

    monkeypatch.setattr(networks, "small", Counted)
    return told


def test_a_glance_says_what_a_look_says():
    frame = frames(CLIPS / "person_park_1280x720.mp4", 2)[0]
    for region in (Region(640, 360, 400), Region(200, 300, 250)):
        quick, full = glance(frame, region), look(frame, region)
        assert quick.score == full.score and quick.next == full.next and not quick.crisp


@pytest.mark.parametrize("tracked", [True, False])
def test_people_are_looked_for_before_all_samples_are_there(runs, tracked):
    samples = frames(CLIPS / "person_park_1280x720.mp4", 4)
    with remembering(LookMemory()):
        with EarlyLooks(Who(), 1280, 720, tracked=tracked, pool=AtOnce()) as early:
            for sample in samples:
                early.take(sample)
        begun = runs.count(networks.POSE_SCORE)
        assert begun > 20
        runs.clear()
        find_people(samples, [0.0, 1.0, 2.0, 3.0])
        again = runs.count(networks.POSE_SCORE)
    runs.clear()
    find_people(samples, [0.0, 1.0, 2.0, 3.0])
    assert again == runs.count(networks.POSE_SCORE) - begun


def test_a_thing_is_looked_for_in_the_samples_that_the_search_asks_for(runs):
    samples = frames(DOG, 8)
    with remembering(LookMemory()):
        with EarlyLooks(Who(kind="thing"), 640, 360, tracked=False, pool=AtOnce()) as early:
            for sample in samples:
                early.take(sample)
        assert runs == [networks.SALIENT] * 6
        assert find_salient(samples) is not None
    assert runs == [networks.SALIENT] * 6


def shown(tmp_path: Path, name: str, memory: str) -> bytes:
    """The first still of an edit of the dog, as the file is."""
    out = tmp_path / name
    out.mkdir()
    payload = {
        "prompt": "Put the dog in a forest",
        "duration": "3",
        "aspect_ratio": "16:9",
        "mode": "std",
    }
    stills: list[bytes] = []
    task = RenderTask(str(DOG), str(out / "out.mp4"), str(out / "still.jpg"), payload, (), (), memory)
    render(task, on_still=lambda path: stills.append(Path(path).read_bytes()))
    return stills[0]


def test_the_second_edit_of_a_clip_does_not_search_again(tmp_path, runs):
    kept = tmp_path / "kept"
    kept.mkdir()
    first = shown(tmp_path, "first", str(kept))
    searched = runs.count(networks.SALIENT)
    runs.clear()
    assert shown(tmp_path, "second", str(kept)) == first
    assert runs.count(networks.SALIENT) <= searched - 6
    assert [path.suffix for path in kept.iterdir()] == [".npz"]


def noted(task, **_):
    raise RuntimeError(task.memory)


def test_the_queue_keeps_what_was_seen_beside_its_stills(tmp_path):
    order = RenderOrder(str(tmp_path), "clip.mp4", {}, renderer=f"{__name__}:noted")
    with pytest.raises(RuntimeError, match=r"^$"):
        run_order(order)
    order = RenderOrder(
        str(tmp_path), "clip.mp4", {}, publish_still="/store/still.jpg", renderer=f"{__name__}:noted"
    )
    with pytest.raises(RuntimeError, match=r"^/store$"):
        run_order(order)


def test_spread_keeps_the_order():
    assert spread(lambda a, b: a - b, range(50), range(0, 100, 2)) == [-k for k in range(50)]


def test_a_clip_without_a_subject_leaves_no_file(tmp_path):
    clip = write_clip(tmp_path / "in.mp4", 320, 180)
    kept = tmp_path / "kept"
    kept.mkdir()
    payload = {"prompt": "a warm grade", "duration": "3", "aspect_ratio": "16:9", "mode": "std"}
    render(RenderTask(str(clip), str(tmp_path / "out.mp4"), "", payload, memory=str(kept)))
    assert not list(kept.iterdir())
