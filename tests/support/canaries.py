"""Looking for a key everywhere: in all that an app answers, prints and writes, and in what its processes are
called and told."""

import base64
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil


def forms(key: str) -> dict[str, bytes]:
    """What a key may look like to somebody who looks for it: as it is, and as things write texts."""
    raw = key.encode()
    found = {
        "as it is": raw,
        "in lower case": key.lower().encode(),
        "in upper case": key.upper().encode(),
        "without its prefix": raw[3:],
        "from its end": raw[::-1],
        "in hex": raw.hex().encode(),
        "in UTF-16": key.encode("utf-16-le"),
        "percent": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "percent, its sign": quote(key, safe="").replace("_", "%5F").encode(),
        "in JSON's escapes": "".join(f"\\u{byte:04x}" for byte in raw).encode(),
    }
    for offset in range(3):
        # Three ways to stand in base64; what its neighbours have a part in is cut off.
        coded = base64.b64encode(b"x" * offset + raw)
        inner = coded[(0, 2, 3)[offset] : (len(raw) + offset) // 3 * 4]
        found[f"in base64, {offset}"] = inner
    return found


def told_in(text: bytes, key: str) -> list[str]:
    """The forms of `key` that occur in `text`."""
    return [name for name, form in forms(key).items() if form in text]


def files_with(folders: list[Path], keys: list[str]) -> tuple[list[str], int]:
    """(where one of the keys stands in a file or in its name, how many files there were)."""
    found, count = [], 0
    for folder in folders:
        for path in folder.rglob("*"):
            content = str(path).encode()
            with contextlib.suppress(OSError):
                content += path.read_bytes() if path.is_file() else b""
            count += path.is_file()
            found += [f"{path.name}: {form}" for key in keys for form in told_in(content, key)]
    return found, count


class ProcessWatch:
    """All that is known of an app's process and of its descendants, those that live for a moment too.

    `lines`: their command lines and names; `environments`: those of the descendants, by process.
    """

    def __init__(self, pid: int) -> None:
        self._app = psutil.Process(pid)
        self.lines: set[bytes] = set()
        self.environments: dict[tuple[int, float], bytes] = {}
        self._over = threading.Event()

    def look(self) -> None:
        for process in (self._app, *self._app.children(recursive=True)):
            with contextlib.suppress(OSError, psutil.Error):
                place = Path(f"/proc/{process.pid}")
                self.lines.add((place / "cmdline").read_bytes() + b" " + (place / "comm").read_bytes())
                if process != self._app and (told := (place / "environ").read_bytes()):
                    self.environments[process.pid, process.create_time()] = told

    @contextlib.contextmanager
    def looking(self) -> Iterator["ProcessWatch"]:
        def look_on() -> None:
            while not self._over.wait(0.05):
                self.look()

        looker = threading.Thread(target=look_on)
        looker.start()
        try:
            yield self
        finally:
            self._over.set()
            looker.join()
            self.look()
