"""Files appear whole or not at all: written under a temporary name beside the target, then renamed."""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path


class _Announcements:
    """A worker process sets `listener`: its parent removes unfinished files when the worker is killed."""

    listener: Callable[[str], None] | None = None


announcements = _Announcements()


@contextlib.contextmanager
def replacing(target: str | Path, *, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` on success, remove it on any error.

    `durable`: the file is on the disk before it has its name, and the name before this returns.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays, because encoders and readers look at it; the leading dot hides it from listings; the
    # name lets what a killed process left be found.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part{target.suffix}")
    if announcements.listener is not None:
        announcements.listener(str(temporary))
    try:
        yield temporary
        if durable:
            _sync(temporary)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        with contextlib.suppress(OSError):  # not every system can do this for a folder
            _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
