"""Hundreds of damaged files through the worker path: each is converted or refused with a sentence, nothing
else."""

import collections
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modules.edit.errors import StudioError
from modules.media.errors import TooSlow
from modules.media.sandbox.pool import MediaWorkers
from tests.support.media_mutants import corpus, mutants, work_on_clip, work_on_picture

FULL = os.environ.get("SOAK") == "full"
CLIPS, PICTURES = (400, 240) if FULL else (36, 40)
SECONDS = 30


def outcome_of(error: StudioError) -> str:
    if isinstance(error, TooSlow):
        return "too slow, stopped"
    for words, name in (
        ("decoder fail", "decoder crashed, contained"),
        ("more memory", "too much memory, stopped"),
        ("does not know", "unforeseen error, contained"),
    ):
        if words in error.sentence:
            return name
    return "refused with a sentence"


@pytest.mark.slow
@pytest.mark.timeout(1500 if FULL else 180)
@pytest.mark.parametrize(
    ("kind", "count", "work"), [("clips", CLIPS, work_on_clip), ("pictures", PICTURES, work_on_picture)]
)
def test_damaged_files_are_converted_or_refused(tmp_path, monkeypatch, record_property, kind, count, work):
    (tmp_path / "seeds").mkdir()
    clips, pictures = corpus(tmp_path / "seeds")
    workers = tmp_path / "workers"
    workers.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(workers))  # where each worker's own folder is made
    seeds = clips if kind == "clips" else pictures
    table: collections.Counter[str] = collections.Counter()
    slowest = 0.0
    lock = threading.Lock()
    descriptors = len(os.listdir("/dev/fd"))

    def one(numbered):
        nonlocal slowest
        number, data = numbered
        folder = tmp_path / str(number)
        folder.mkdir()
        source = folder / "upload.bin"
        source.write_bytes(data)
        refused, begin = None, time.monotonic()
        try:
            outcome = pool.run(work, str(source), str(folder))
        except StudioError as error:
            refused = error
            outcome = outcome_of(error)
        spent = time.monotonic() - begin
        if refused:
            assert refused.sentence and len(refused.sentence) < 400 and "Traceback" not in refused.sentence
        assert not [path.name for path in folder.iterdir() if ".part" in path.name], (
            "a temporary file was left"
        )
        source.unlink()
        with lock:
            table[outcome] += 1
            slowest = max(slowest, spent)

    with (
        MediaWorkers(max_workers=2, seconds=SECONDS, memory_mb=1024) as pool,
        ThreadPoolExecutor(2) as threads,
    ):
        made: set[Path] = set()
        for done in threads.map(one, enumerate(mutants(seeds, count, seed=5))):
            assert done is None
            made |= set(workers.iterdir())
    assert sum(table.values()) == count
    assert table["converted"] and table["refused with a sentence"]
    assert slowest < 2 * SECONDS + 10
    assert made and not list(workers.iterdir())
    assert len(os.listdir("/dev/fd")) <= descriptors + 2
    print(f"\n{kind}: {dict(table.most_common())}, slowest {slowest:.1f} s")
    record_property("outcomes", dict(table))
