"""A proxy in front of an app that keeps every byte that the app answers, streams included, whoever asks."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class RecordingProxy:
    """Stands before the server at `url`; a context manager. `answered()` is all that came back so far."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._kept: list[bytearray] = []
        self._lines: set[socket.socket] = set()
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def answered(self) -> bytes:
        return b"\n".join(map(bytes, self._kept))

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                theirs, _ = self._listening.accept()
                ours, kept = socket.create_connection(self._server), bytearray()
                self._lines |= {theirs, ours}
                self._kept.append(kept)
                for one, other, record in ((theirs, ours, None), (ours, theirs, kept)):
                    threading.Thread(target=_pass, args=(one, other, record), daemon=True).start()

    def __enter__(self) -> "RecordingProxy":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._listening.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


def _pass(one: socket.socket, other: socket.socket, record: bytearray | None) -> None:
    """Hand on what comes from `one`, until it ends: then the other side ends too."""
    with contextlib.suppress(OSError):
        while data := one.recv(2**16):
            if record is not None:
                record += data
            other.sendall(data)
    for line in (one, other):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
