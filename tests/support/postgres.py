"""A real PostgreSQL for a test: a new cluster in a temporary folder, on a free port of loopback, gone
afterwards.

    with Postgres() as server:
        url = server.new_database()

The programs are those of Debian's package `postgresql` (or whatever is on PATH). The server refuses to run as
root, so root starts it as the user `postgres` that the package makes.
"""

import glob
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def programs() -> Path:
    """The folder with initdb and postgres. RuntimeError when there is none."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    path = found[-1] if found else shutil.which("initdb")
    if not path:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    return Path(path).parent


class Postgres:
    """Starts with the block and ends with it."""

    def __init__(self) -> None:
        self._programs = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._process: subprocess.Popen | None = None
        self.port = 0

    def __enter__(self) -> "Postgres":
        as_user = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = self._folder / "data"
        subprocess.run(
            [
                self._programs / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "--no-sync",
                "-E",
                "UTF8",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            **as_user,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._as_user = as_user
        self.start()
        return self

    def start(self) -> None:
        """Serve, again if need be, on the same port."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._programs / "postgres",
                    "-D",
                    self._folder / "data",
                    "-p",
                    str(self.port),
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    f"unix_socket_directories={self._folder}",
                    "-c",
                    "max_connections=200",
                    "-c",
                    "fsync=off",
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._as_user,
            )
        self._wait()

    def __exit__(self, *_) -> None:
        self.stop(signal.SIGQUIT)  # at once: nothing of it is needed any more
        shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self, how: int = signal.SIGINT) -> None:
        """Cut every client off; SIGINT keeps the data in order."""
        if self._process:
            self._process.send_signal(how)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"studio_{secrets.token_hex(4)}"
        subprocess.run(
            [self._programs / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name],
            check=True,
        )
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while subprocess.run(
            [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        ).returncode:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text(errors="replace"))
            time.sleep(0.05)
