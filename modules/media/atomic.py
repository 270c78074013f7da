"""Files appear whole or not at all: written under a temporary name beside the target, then renamed."""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path


class _Announcements:
    """A worker process sets `listener`, so that its parent knows which files to remove if the worker is
    killed."""

    listener: Callable[[str], None] | None = None


announcements = _Announcements()


@contextlib.contextmanager
def replacing(target: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` on success, remove it on any error."""
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays, because encoders and readers look at it; the leading dot hides it from listings.
    temporary = target.with_name(f".{secrets.token_hex(6)}.part{target.suffix}")
    if announcements.listener is not None:
        announcements.listener(str(temporary))
    try:
        yield temporary
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
