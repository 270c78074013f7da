"""What slow looks at a clip said is asked once: by who looks ahead, and over the edits of the same clip."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from modules.preview.store.files import FileStore
from modules.preview.subject import look_memory
from modules.preview.subject.look_memory import LookMemory, recalled, remembering
from modules.preview.subject.memory_file import memory_file

PICTURE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


class Asked:
    """Answers with its own number, and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self):
        self.times += 1
        return (np.full((2, 2), self.times, np.float32), np.arange(3))


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
