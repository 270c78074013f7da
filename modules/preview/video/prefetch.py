"""Prefetching: the steps of a render overlap, each on a frame of its own, and every one still sees the frames
in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
THREADS = 2
"""Of `spread`: as many as a small machine has processors."""
DEPTH = 2
"""Frames that a step may be ahead of the one that follows it; each costs a picture's memory."""


def prefetch(
    items: Iterable[Item], work: Callable[[Item], Made], depth: int = DEPTH
) -> Generator[Made, None, None]:
    """`map(work, items)`, in a thread and up to `depth` items ahead of who asks. OpenCV and the networks
    release the interpreter lock meanwhile."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > depth:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for left in waiting:
                left.cancel()


def spread(work: Callable[..., Made], *items: Iterable[Any]) -> list[Made]:
    """`list(map(work, *items))` by two threads: for work that is independent and leaves the interpreter
    lock."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="spread") as pool:
        return list(pool.map(work, *items))
