"""Fetch what a visitor's URL leads to, without being led anywhere else.

Only http and https; every hop's addresses are checked and the connection goes to the checked address;
redirects are followed by hand; the environment's proxies are not used; time and size have limits that do not
depend on what the server says. What a file is, its first bytes tell.
"""

import dataclasses
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from modules.media.errors import MediaError
from modules.media.fetch.bounded_download import (
    ByteProgress,
    DownloadStalled,
    DownloadTooLarge,
    bounded_download,
)
from modules.media.fetch.pinned import AGENT, Connect, HostNotReached, PinnedResponse
from modules.media.fetch.remote_file import RemoteFile
from modules.media.fetch.stall import StallWatch
from modules.media.fetch.url_policy import Resolver, target_of, vetted
from modules.media.read.clip import ClipFacts, probe_file
from modules.media.read.file_types import HEAD_BYTES, sniff
from modules.media.read.opening import NOT_A_VIDEO

REDIRECTS = (301, 302, 303, 307, 308)
PROBE_SECONDS = 30.0
DOWNLOAD_SECONDS = 600.0
STALL_SECONDS = 30.0
"""In which a download must bring DOWNLOAD_LEAST_BYTES, and an answer its headers."""
DOWNLOAD_LEAST_BYTES = 256 * 2**10


class SafeFetcher:
    """`trusted_hosts`: "host" or "host:port" entries whose addresses are not checked (the engine on
    loopback, the storage of the model's vendor). `timeout`: seconds to connect, and between two pieces of
    an answer. `contact`: an address that tells a server's owner who asks. `resolver` and `connect` stand in
    for the network in tests. Holds no other state: threads may share one, and it can be pickled into a
    worker process."""

    def __init__(
        self,
        trusted_hosts: frozenset[str] = frozenset(),
        *,
        resolver: Resolver = socket.getaddrinfo,
        timeout: tuple[float, float] = (5, 20),
        max_redirects: int = 4,
        connect: Connect = socket.create_connection,
        probe_seconds: float = PROBE_SECONDS,
        download_seconds: float = DOWNLOAD_SECONDS,
        stall_seconds: float = STALL_SECONDS,
        contact: str = "",
    ) -> None:
        self.trusted_hosts = frozenset(host.lower() for host in trusted_hosts)
        self._resolver, self._connect = resolver, connect
        self._timeout, self._max_redirects = timeout, max_redirects
        self._probe_seconds, self._download_seconds = probe_seconds, download_seconds
        self._stall_seconds = stall_seconds
        self._agent = f"{AGENT} (+{contact})" if contact else AGENT

    def check(self, url: str) -> None:
        """Raise MediaError unless `url` is allowed and its server answers with a file. Reads headers only."""
        with self.get(url, self._probe_seconds, {"Range": "bytes=0-0"}):
            pass

    def probe_clip(self, url: str) -> ClipFacts:
        """The facts of the clip at `url`, from parts of it (`bytes_read` says how much). Raises
        MediaError. Decodes: visitors' URLs belong into a worker, `workers.run(fetcher.probe_clip, url)`."""
        file = RemoteFile(self.get, url, self._probe_seconds)
        try:
            facts = probe_file(file, file.size, local=False)
        except MediaError:
            if file.trouble:
                raise file.trouble from None
            raise
        if file.trouble:
            raise file.trouble
        return dataclasses.replace(facts, bytes_read=file.fetched)

    def download(
        self, url: str, dst: str | Path, max_bytes: int = 200 * 2**20, on_progress: ByteProgress | None = None
    ) -> int:
        """Save the video or picture at `url` as `dst` and return its size in bytes.

        Raises MediaError when it is larger than `max_bytes`, breaks off, or is neither a video nor a picture.
        """
        with self.get(url, self._download_seconds) as answer:
            watch = StallWatch(self._stall_seconds, DOWNLOAD_LEAST_BYTES)
            said = answer.headers.get("Content-Length", "")
            try:
                with bounded_download(
                    Path(dst), max_bytes=max_bytes, stalled=watch.stalled, on_progress=on_progress
                ) as file:
                    file.expect(int(said) if said.isdecimal() else None)
                    file.pour(_media_pieces(answer))
                    return file.size
            except DownloadTooLarge:
                raise MediaError(
                    f"The file behind this link is larger than {max_bytes // 2**20} MB. Use a smaller one."
                ) from None
            except DownloadStalled:
                raise HostNotReached(
                    f"{answer.target.host} sends this file too slowly. Nothing was spent. Try again, or "
                    "choose the file here."
                ) from None

    def get(self, url: str, seconds: float, headers: dict[str, str] | None = None) -> PinnedResponse:
        """An answered GET (200 or 206, not compressed) after following redirects. Close it."""
        deadline = time.monotonic() + seconds
        for _ in range(self._max_redirects + 1):
            target = target_of(url, self.trusted_hosts)
            addresses = vetted(target, self._resolver)
            answer = PinnedResponse(
                target,
                addresses,
                {"User-Agent": self._agent} | (headers or {}),
                connect=self._connect,
                timeout=self._timeout,
                deadline=deadline,
                headers_within=self._stall_seconds,
            )
            if answer.status in REDIRECTS and answer.headers.get("Location"):
                url = urljoin(url, answer.headers["Location"].strip())
                answer.close()
                continue
            try:
                _must_be_answer(answer)
            except MediaError:
                answer.close()
                raise
            return answer
        raise MediaError("This link leads from one address to the next without arriving. Use a direct link.")


def _must_be_answer(answer: PinnedResponse) -> None:
    if answer.status in (401, 403):
        raise MediaError(
            f"{answer.target.host} did not give this file to the studio (it answered {answer.status}). It "
            "may want a login, or refuse programs. Use a public link, or choose the file here."
        )
    if answer.status in (404, 410):
        raise MediaError("There is no file behind this link any more. Check the link.")
    if answer.status not in (200, 206):
        raise MediaError(f"The server answered {answer.status} instead of sending the file. Check the link.")
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        # A few bytes can unpack to terabytes; media is compressed already.
        raise MediaError(
            "The server sends this file compressed, which the studio does not unpack. Choose the file here "
            "instead."
        )


def _media_pieces(answer: PinnedResponse) -> Iterator[bytes]:
    """The body in pieces. Raises MediaError as soon as its first bytes, or all of fewer, are no media."""
    head, judged = b"", False
    while data := answer.read():
        if not judged:
            head += data
            if judged := len(head) >= HEAD_BYTES:
                _must_be_media(head)
        yield data
    if not judged:
        _must_be_media(head)


def _must_be_media(head: bytes) -> None:
    if sniff(head) is None:
        if head.lstrip()[:1] in (b"<", b"{"):
            raise MediaError(
                "This link leads to a web page, not to a video or picture. Use the direct link to the file."
            )
        raise MediaError(NOT_A_VIDEO)
