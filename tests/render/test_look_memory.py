"""What slow looks at a clip said is asked once: by who looks ahead, and over the edits of the same clip."""

import os
import threading
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from modules.preview.prompt.plan import Who
from modules.preview.queue.order import RenderOrder, run_order
from modules.preview.render import render
from modules.preview.store.files import FileStore
from modules.preview.subject import look_memory, networks
from modules.preview.subject.early_looks import EarlyLooks
from modules.preview.subject.look_memory import LookMemory, recalled, remembering
from modules.preview.subject.memory_file import memory_file
from modules.preview.subject.people import find_people
from modules.preview.subject.pose_network import Region, glance, look
from modules.preview.subject.salient import find_salient
from modules.preview.task import RenderTask
from modules.preview.video.prefetch import spread
from tests.support.render_samples import CLIPS, write_clip

DOG = Path(__file__).parents[1] / "bench" / "subject_masks" / "dog_640x360.mp4"
PICTURE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def frames(path: Path, count: int) -> list[np.ndarray]:
    reader = cv2.VideoCapture(str(path))
    every = int(reader.get(cv2.CAP_PROP_FRAME_COUNT)) // count
    found = [reader.read()[1] for _ in range(every * count)][::every]
    reader.release()
    return found


class Asked:
    """Answers with its own number, and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self):
        self.times += 1
        return (np.full((2, 2), self.times, np.float32), np.arange(3))


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


def test_the_same_question_about_the_same_picture_is_asked_once():
    ask, memory = Asked(), LookMemory()
    first, again = (memory.answer("who", [PICTURE.copy()], ask) for _ in range(2))
    assert ask.times == 1 and first[0][0, 0] == again[0][0, 0] == 1
    memory.answer("where", [PICTURE], ask)
    memory.answer("who", [PICTURE.reshape(2, 8, 3)], ask)
    memory.answer("who", [PICTURE + 1], ask)
    assert ask.times == 4


def test_two_who_ask_at_once_share_the_answer():
    ask, memory, both = Asked(), LookMemory(), threading.Barrier(2, timeout=10)

    def one(_: int):
        both.wait()
        return memory.answer("who", [PICTURE], ask)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(one, range(2)))
    assert ask.times == 1 and answers[0] is answers[1]


def test_no_answer_and_an_error_are_not_remembered():
    memory = LookMemory()
    assert memory.answer("who", [PICTURE], tuple) == ()

    def fails():
        raise RuntimeError("a network that fails")

    with pytest.raises(RuntimeError):
        memory.answer("who", [PICTURE], fails)
    ask = Asked()
    assert memory.answer("who", [PICTURE], ask) and ask.times == 1


def test_answers_outlive_the_process_in_a_file(tmp_path):
    file, ask = tmp_path / ".looks-1.npz", Asked()
    memory = LookMemory(file)
    kept = memory.answer("who", [PICTURE], ask)
    memory.keep()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    later = LookMemory(file)
    for mine, its in zip(kept, later.answer("who", [PICTURE], ask), strict=True):
        assert mine.dtype == its.dtype and np.array_equal(mine, its)
    later.answer("where", [PICTURE], ask)
    later.keep()
    later.close()
    assert ask.times == 2
    third = LookMemory(file)
    third.answer("who", [PICTURE], ask)
    third.answer("where", [PICTURE], ask)
    assert ask.times == 2


@pytest.mark.parametrize("harm", [lambda data: data[:-40], lambda data: b"no archive", lambda data: b""])
def test_a_damaged_file_is_as_none(tmp_path, harm):
    file, ask = tmp_path / ".looks-1.npz", Asked()
    memory = LookMemory(file)
    memory.answer("who", [PICTURE], ask)
    memory.keep()
    file.write_bytes(harm(file.read_bytes()))
    again = LookMemory(file)
    assert again.answer("who", [PICTURE], ask)[0][0, 0] == 2
    again.keep()
    assert LookMemory(file).answer("who", [PICTURE], ask)[0][0, 0] == 2


def test_a_byte_that_was_altered_is_seen(tmp_path):
    file, ask = tmp_path / ".looks-1.npz", Asked()
    memory = LookMemory(file)
    memory.answer("who", [PICTURE], ask)
    memory.keep()
    data = bytearray(file.read_bytes())
    at = data.index(np.full((2, 2), 1, np.float32).tobytes())
    data[at] ^= 1
    file.write_bytes(data)
    assert LookMemory(file).answer("who", [PICTURE], ask)[0][0, 0] == 2


def test_memory_and_folder_stay_small(tmp_path, monkeypatch):
    monkeypatch.setattr(look_memory, "MOST_BYTES", 100)
    monkeypatch.setattr(look_memory, "MOST_FILES", 2)
    for clip in range(4):
        memory, ask = LookMemory(tmp_path / f".looks-{clip}.npz"), Asked()
        for number in range(5):  # of 40 bytes each
            memory.answer("who", [PICTURE + number], ask)
        memory.answer("who", [PICTURE + 4], ask)
        assert ask.times == 6  # the last was not kept
        memory.keep()
        memory.close()
    assert len(list(tmp_path.iterdir())) == 2


def test_drafts_of_processes_that_were_ended_go(tmp_path):
    old, new = tmp_path / ".looks-2.npz.7.part", tmp_path / ".looks-2.npz.8.part"
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (time.time() - 3600,) * 2)
    memory = LookMemory(tmp_path / ".looks-1.npz")
    memory.answer("who", [PICTURE], Asked())
    memory.keep()
    assert new.exists() and not old.exists()


def test_a_folder_that_cannot_be_written_is_no_harm(tmp_path):
    memory = LookMemory(tmp_path / "missing" / ".looks-1.npz")
    memory.answer("who", [PICTURE], Asked())
    memory.keep()
    assert not list(tmp_path.iterdir())


def test_a_clip_is_known_by_its_content(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 200_000)
    (tmp_path / "b").write_bytes(b"x" * 200_000)
    (tmp_path / "c").write_bytes(b"x" * 199_999 + b"y")
    one, same, other = (memory_file("kept", str(tmp_path / name)) for name in "abc")
    assert one == same != other and one.parent == Path("kept")
    assert memory_file("", str(tmp_path / "a")) is None
    assert memory_file("kept", str(tmp_path / "missing")) is None


def test_the_file_goes_with_the_uploads_beside_it_and_is_served_to_nobody(tmp_path):
    now = [time.time()]
    store = FileStore(tmp_path / "files", 60, 10**9, lambda: now[0])
    clip = tmp_path / "clip"
    clip.write_bytes(b"x" * 1000)
    file = memory_file(str(store.folder), str(clip))
    memory = LookMemory(file)
    memory.answer("who", [PICTURE], Asked())
    memory.keep()
    assert store.find(file.name) is None and store.held(file.name) is None
    assert store.sweep() == 0 and file.exists()
    now[0] += 61
    assert store.sweep() == 1 and not file.exists()


def test_without_a_memory_every_look_is_made():
    ask = Asked()
    assert recalled("who", [PICTURE], ask)[0][0, 0] == 1 and recalled("who", [PICTURE], ask)[0][0, 0] == 2
    with remembering(LookMemory()):
        assert recalled("who", [PICTURE], ask) is recalled("who", [PICTURE], ask)
    assert ask.times == 3


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
