"""Working ahead changes when things are done, never in which order or how often."""

import threading

import pytest

from modules.preview.video.prefetch import prefetch


def test_it_is_a_map_in_order():
    seen = []
    assert list(prefetch(iter(range(20)), lambda n: seen.append(n) or n * n)) == [n * n for n in range(20)]
    assert seen == list(range(20))


def test_it_runs_ahead_of_who_asks_but_not_without_end():
    done = threading.Semaphore(0)
    taken = []

    def items():
        for n in range(100):
            taken.append(n)
            yield n

    stream = prefetch(items(), lambda n: done.release() or n, depth=3)
    assert next(stream) == 0
    for _ in range(4):
        assert done.acquire(timeout=10)
    assert len(taken) == 4
    stream.close()
    assert len(taken) == 4


def test_an_error_comes_out_at_its_place():
    def work(n):
        if n == 3:
            raise ValueError("three")
        return n

    stream = prefetch(iter(range(9)), work)
    assert [next(stream) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(stream)


def test_an_error_of_the_source_comes_out_too():
    def items():
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(prefetch(items(), lambda n: n))
