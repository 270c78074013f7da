"""Tells which replicas are alive, by file locks. Each running studio process holds a lock on its own file for
as long as it lives.

The operating system drops the lock at the very moment the process dies, however it dies, so a restart on the
same data directory takes its jobs over at once and no clock is involved. Where the lock cannot be asked
(another host, a file system without locks) the lease's end in the database decides.
"""

import os
import secrets
import socket
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # not a POSIX system: leases decide alone
    fcntl = None  # type: ignore[assignment]  # the name of a module, here of none


def host_token() -> str:
    """This host in this boot: two containers, or the same one after a reboot, differ."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        boot = "0"
    name = "".join(c if c.isalnum() else "-" for c in socket.gethostname())[:60]
    return f"{name}.{boot}"


class Replica:
    """This process as a holder of leases. `alive(id)`: True, False, or None when it cannot be told from
    here."""

    def __init__(self, directory: Path, *, one_host: bool) -> None:
        """`one_host`: every user of `directory` is on this machine (SQLite demands it), so locks tell all."""
        self._host = host_token()
        self._one_host = one_host
        self._directory = directory
        self.id = f"{self._host}.{os.getpid()}.{secrets.token_hex(4)}"
        self._file = self._hold()

    def alive(self, other: str | None) -> bool | None:
        """Whether the replica `other` still runs."""
        if other is None:
            return False
        if other == self.id:
            return True
        if fcntl is None or self._file is None or not (self._one_host or other.startswith(self._host + ".")):
            return None
        path = self._directory / f"{other}.lock"
        try:
            with path.open("rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            # On one host the file's absence means that it was tidied away; elsewhere it may be another
            # folder.
            return False if self._one_host else None
        except BlockingIOError:
            return True
        except OSError:
            return None
        return False

    def tidy(self, still_named: set[str]) -> None:
        """Remove the files of dead replicas that no job names any more."""
        for path in self._directory.glob("*.lock"):
            if (
                path.stem not in still_named
                and path.stem.startswith(self._host)
                and self.alive(path.stem) is False
            ):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            (self._directory / f"{self.id}.lock").unlink(missing_ok=True)

    def _hold(self) -> BinaryIO | None:
        if fcntl is None:
            return None
        path = self._directory / f"{self.id}.lock"
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            while True:
                handle = path.open("wb")
                fcntl.flock(handle, fcntl.LOCK_EX)  # waits at most for another's look at the file
                if path.exists() and os.path.samestat(os.fstat(handle.fileno()), path.stat()):
                    break
                handle.close()  # tidied away between the two calls
        except OSError:
            return None
        # A forked child (a media worker) would keep the lock alive after our death.
        os.register_at_fork(after_in_child=handle.close)
        return handle
