"""The finished video into our own storage: whole, checked, and under its name only then.

The video lies on a public, unlisted address, so no key is sent, to any host. A cut is continued with `Range`;
size and container are checked before the file gets its name. Whatever fails, the destination is either the
old file or the whole new one.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from modules.media.fetch.bounded_download import (
    BoundedDownload,
    ByteProgress,
    DownloadStalled,
    DownloadTooLarge,
    bounded_download,
)
from modules.media.read.file_types import HEAD_BYTES, demuxer_of
from modules.segmind import errors, retry, sentences, transport
from modules.segmind.result_video import web_url
from modules.segmind.retry import AttemptOutcome, Call, FailedAttempt, RetryPolicy

# 15 s of 2160p at a generous 100 Mbit/s is 190 MB.
MAX_RESULT_BYTES = 500 * 2**20
_FIRST_BOXES = (b"ftyp", b"styp", b"uuid", b"free", b"skip", b"moov", b"mdat", b"wide", b"sidx", b"emsg")
"""With which an mp4 may begin; the walk through all of its boxes decides."""
_BLOCK = 256 * 1024
_MAX_REDIRECTS = 5
_MAX_PIECES = 200
_KEPT = "The job is done and paid for; this only concerns the copy."


@dataclass(frozen=True)
class ResultDownloader:
    """Copies finished videos of `engine`. `timeout`: seconds to connect, and for each silence."""

    engine: str
    free: bool
    session: requests.Session
    timeout: tuple[float, float]
    policy: RetryPolicy
    sleep: Callable[[float], None]
    rng: Callable[[], float]
    on_failure: retry.OnFailure = retry.not_told

    def download(
        self,
        url: str,
        dst: Path,
        on_progress: ByteProgress | None = None,
        *,
        max_bytes: int = MAX_RESULT_BYTES,
    ) -> int:
        """Copy the mp4 at `url` to `dst` and return its size in bytes.

        Raises ResultGone for 404 and 410, else DownloadFailed.
        """
        if web_url(url) is None:
            raise self.failed("The address of the finished video is not a web address.", final=True)
        ends = time.monotonic() + self.policy.total
        try:
            with bounded_download(
                dst,
                max_bytes=max_bytes,
                stalled=lambda done: time.monotonic() > ends,
                on_progress=on_progress,
                durable=True,
            ) as copy:
                _Copy(self, url, copy, ends).run()
                size = copy.size
                if problem := mp4_problem(copy.file, size):
                    raise self.failed(problem)
            return size
        except DownloadTooLarge:
            failure = self.failed(f"The finished video is larger than {max_bytes // 2**20} MB.", final=True)
        except DownloadStalled:
            failure = self.failed("The finished video came too slowly.")
        except OSError as error:
            happened = "The finished video could not be written to this studio's storage."
            failure = self.failed(happened, type(error).__name__)
        raise failure

    def failed(
        self,
        happened: str,
        note: str = "",
        *,
        gone: bool = False,
        final: bool = False,
        code: int | None = None,
    ) -> errors.DownloadFailed:
        kind = errors.ResultGone if gone else errors.DownloadFailed
        again = "Try the download again; the video stays at its address for 7 days."
        advice = "It cannot be fetched any more." if gone else "" if final else again
        sentence = sentences.compose(self.engine, happened, _KEPT, advice, free=self.free)
        return kind(sentence, code=code, detail=note)


class _Copy:
    """One copy: as many requests as it takes, one file."""

    def __init__(self, by: ResultDownloader, url: str, copy: BoundedDownload, ends: float) -> None:
        self._by, self._url, self._copy, self._ends = by, url, copy, ends
        self._validator: str | None = None

    def run(self) -> None:
        idle = 0
        for piece in range(1, _MAX_PIECES + 1):
            before = self._copy.size
            failed = self._piece()
            if failed is None:
                return
            idle = 1 if self._copy.size > before else idle + 1
            again = (
                retry.RULES[Call.DOWNLOAD][failed.outcome].again
                and idle < self._by.policy.attempts
                and piece < _MAX_PIECES
                and time.monotonic() <= self._ends
            )
            self._by.on_failure(Call.DOWNLOAD, failed.outcome, again)
            if not again:
                raise failed.error
            self._by.sleep(self._by.policy.backoff(idle, self._by.rng))

    def _piece(self) -> FailedAttempt | None:
        """One request, from where the file ends; None when the file is whole."""
        have = self._copy.size
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self._validator:
                headers["If-Range"] = self._validator
        try:
            response = self._open(headers)
        except (requests.RequestException, OSError) as error:
            return self._lost(transport.fault_note(error), transport.outcome_of_fault(error))
        try:
            code = response.status_code
            if code == 416 and have and have == self._copy.total:
                return None
            if refused := self._begin(response, have):
                return refused
            self._copy.pour(iter(lambda: response.raw.read1(_BLOCK, decode_content=True), b""))
        except (HTTPError, requests.RequestException) as error:
            return self._lost(transport.fault_note(error))
        finally:
            response.close()
        if self._copy.total is not None and self._copy.size != self._copy.total:
            return self._lost(f"{self._copy.size} of {self._copy.total} bytes")
        return None

    def _lost(self, note: str, outcome: AttemptOutcome = AttemptOutcome.LOST) -> FailedAttempt:
        happened = "The connection was lost while the finished video was copied."
        return FailedAttempt(outcome, self._by.failed(happened, note))

    def _open(self, headers: dict[str, str]) -> requests.Response:
        """GET with redirects followed by hand: http(s) only, no key, no cookies, nothing of a .netrc."""
        url = self._url
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._by.session.get(
                url,
                headers=headers,
                proxies=transport.proxies_for(url),
                stream=True,
                allow_redirects=False,
                timeout=self._by.timeout,
            )
            place = response.headers.get("Location")
            if response.status_code not in (301, 302, 303, 307, 308) or not place:
                return response
            response.close()
            url = urljoin(url, place.strip().replace(" ", "%20"))
            if web_url(url) is None or (
                urlsplit(self._url).scheme == "https" and urlsplit(url).scheme == "http"
            ):
                happened = "The finished video's address leads to a place that is not safe to follow."
                raise self._by.failed(happened, final=True)
        raise self._by.failed("The finished video's address leads in circles.", final=True)

    def _begin(self, response: requests.Response, have: int) -> FailedAttempt | None:
        """Judge the answer's head and set the file's position; a failure when the body is not to be read."""
        code = response.status_code
        if code in (404, 410):
            happened = "The finished video is no longer at its address."
            error = self._by.failed(happened, f"HTTP {code}", gone=True, code=code)
            return FailedAttempt(AttemptOutcome.REFUSED, error)
        if code == 416 and have:
            self._copy.restart()
            return self._lost("HTTP 416")
        if code not in (200, 206):
            happened = f"The finished video could not be fetched (HTTP {code})."
            error = self._by.failed(happened, f"HTTP {code}", code=code)
            return FailedAttempt(retry.outcome_of(code) or AttemptOutcome.REDIRECTED, error)
        if code == 206:
            start, total = _content_range(response.headers.get("Content-Range", ""))
            if start != have or (self._copy.total is not None and total not in (None, self._copy.total)):
                self._copy.restart()
                return self._lost("the file changed at its address")
            self._copy.expect(total if total is not None else self._copy.total)
        else:
            self._copy.restart()
            encoded = response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity")
            length = response.headers.get("Content-Length", "")
            etag = response.headers.get("ETag", "")
            self._validator = etag if etag.startswith('"') else response.headers.get("Last-Modified")
            self._copy.expect(int(length) if length.isdecimal() and not encoded else None)
        return None


def _content_range(text: str) -> tuple[int | None, int | None]:
    """(start, total) of `bytes start-end/total`; None for what is not there."""
    unit, _, rest = text.strip().partition(" ")
    span, _, total = rest.partition("/")
    start = span.partition("-")[0]
    if unit.lower() != "bytes" or not start.isdecimal():
        return None, None
    return int(start), int(total) if total.isdecimal() else None


def mp4_problem(file: BinaryIO, size: int) -> str:
    """Why a file is no whole mp4 or mov, as a sentence; "" when it is one.

    Walks the top-level boxes: none may reach past the end, and `moov` must be there.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0, os.SEEK_END)
    if not size:
        return "The finished video is empty."
    if head.lstrip()[:1] in (b"<", b"{", b"["):
        return "What lies at the finished video's address is a page of text, not a video."
    if demuxer_of(head) != "mov" and head[4:8] not in _FIRST_BOXES:
        return "What lies at the finished video's address is not an mp4 video."
    place, found = 0, False
    while place + 8 <= size:
        file.seek(place)
        box = file.read(16)
        length, kind = int.from_bytes(box[:4], "big"), box[4:8]
        if length == 1:
            length = int.from_bytes(box[8:16], "big")
        elif length == 0:
            length = size - place
        if length < 8 or not kind.isalnum():
            break
        if place + length > size:
            file.seek(0, os.SEEK_END)
            return "The finished video came incomplete."
        found = found or kind == b"moov"
        place += length
    file.seek(0, os.SEEK_END)
    return "" if found else "The finished video came incomplete."
