"""The finished video into our own storage: whole, checked, and under its name only then.

The video lies on a public, unlisted address, so no key is sent, to any host. The bytes go to a temporary file
beside the destination; a cut is continued with `Range`; size and container are checked; then one rename.
Whatever fails, the destination is either the old file or the whole new one.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from modules.segmind import errors, retry, transport
from modules.segmind.answers import web_url
from modules.segmind.retry import AttemptOutcome, Call

# 15 s of 2160p at a generous 100 Mbit/s is 190 MB.
MAX_BYTES = 500 * 2**20
_BLOCK = 256 * 1024
_MAX_REDIRECTS = 5
_MAX_PIECES = 200
_FIRST_BOXES = (b"ftyp", b"moov", b"wide", b"free", b"skip", b"mdat", b"pnot")

ByteProgress = Callable[[int, int | None], None]
_KEPT = "The job is done and paid for; this only concerns the copy."


def download(
    client,
    url: str,
    dst: Path,
    on_progress: ByteProgress | None = None,
    *,
    max_bytes: int = MAX_BYTES,
    want_video: bool = True,
) -> int:
    """Copy `url` to `dst` and return its size in bytes. `on_progress(bytes_done, bytes_total or None)`; what
    it raises ends the copy.

    `want_video=False` skips the mp4 check (for stills). Raises ResultGone for 404 and 410, else
    DownloadFailed.
    """
    if web_url(url) is None:
        raise _failed(client, "The address of the finished video is not a web address.", "", final=True)
    part = None
    try:
        dst.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{dst.name}.", suffix=".part", dir=dst.parent)
        part = Path(name)
        with os.fdopen(handle, "w+b") as file:
            _Copy(client, url, file, on_progress, max_bytes).run()
            size = file.tell()
            if want_video:
                problem = mp4_problem(file, size)
                if problem:
                    raise _failed(client, problem, "")
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o644)
        os.replace(part, dst)
        _sync_folder(dst.parent)
        return size
    except OSError as error:
        note = type(error).__name__
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    raise _failed(client, "The finished video could not be written to this studio's storage.", note)


def _failed(
    client, happened: str, note: str = "", *, gone: bool = False, final: bool = False, code: int | None = None
):
    kind = errors.ResultGone if gone else errors.DownloadFailed
    again = "Try the download again; the video stays at its address for 7 days."
    advice = "It cannot be fetched any more." if gone else "" if final else again
    error = kind(
        errors.compose(client.engine_name, happened, _KEPT, advice, free=client.free), code=code, detail=note
    )
    if final:
        error.retryable = False
    return error


class _Copy:
    """One copy: as many requests as it takes, one file. `total` is None until the server says how long the
    video is."""

    def __init__(self, client, url: str, file, on_progress: ByteProgress | None, max_bytes: int) -> None:
        self.client, self.url, self.file = client, url, file
        self.on_progress, self.max_bytes = on_progress, max_bytes
        self.policy = client.policies[Call.DOWNLOAD]
        self.total: int | None = None
        self.validator: str | None = None
        self.encoded = False

    def run(self) -> None:
        ends = time.monotonic() + self.policy.total
        idle = 0
        for _ in range(_MAX_PIECES):
            before = self.file.tell()
            outcome, failure = self._piece(ends)
            if failure is None:
                return
            idle = 1 if self.file.tell() > before else idle + 1
            if (
                not retry.RULES[Call.DOWNLOAD][outcome].again
                or idle >= self.policy.attempts
                or time.monotonic() > ends
            ):
                raise failure
            self.client.sleep(self.policy.backoff(idle, self.client.rng))
        raise failure

    def _piece(self, ends: float):
        """One request, from where the file ends. (outcome, error); the error is None when the file is
        whole."""
        have = self.file.tell()
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if self.validator:
                headers["If-Range"] = self.validator
        try:
            response = self._open(headers)
        except (requests.RequestException, OSError) as error:
            outcome, note = transport.outcome_of_fault(error), transport.fault_note(error)
            return outcome, self._lost(note)
        try:
            problem = self._begin(response, have)
            if problem is not None:
                return problem
            self._pour(response, ends)
        except (HTTPError, requests.RequestException) as error:
            return AttemptOutcome.LOST, self._lost(transport.fault_note(error))
        finally:
            response.close()
        if self.total is not None and self.file.tell() != self.total:
            return AttemptOutcome.LOST, self._lost(f"{self.file.tell()} of {self.total} bytes")
        return None, None

    def _lost(self, note: str):
        return _failed(self.client, "The connection was lost while the finished video was copied.", note)

    def _open(self, headers: dict) -> requests.Response:
        """GET with redirects followed by hand: http(s) only, no key, no cookies, nothing of a .netrc."""
        url = self.url
        for _ in range(_MAX_REDIRECTS + 1):
            response = self.client.session.get(
                url,
                headers=headers,
                proxies=transport.proxies_for(url),
                stream=True,
                allow_redirects=False,
                timeout=(self.client.connect_timeout, self.client.read_timeout),
            )
            place = response.headers.get("Location")
            if response.status_code not in (301, 302, 303, 307, 308) or not place:
                return response
            response.close()
            url = urljoin(url, place)
            if web_url(url) is None or (
                urlsplit(self.url).scheme == "https" and urlsplit(url).scheme == "http"
            ):
                happened = "The finished video's address leads to a place that is not safe to follow."
                raise _failed(self.client, happened, final=True)
        raise _failed(self.client, "The finished video's address leads in circles.", final=True)

    def _begin(self, response: requests.Response, have: int):
        """Judge the answer's head and set the file's position; (outcome, error) when the body is not to be
        read."""
        code = response.status_code
        if code in (404, 410):
            happened = "The finished video is no longer at its address."
            return AttemptOutcome.REFUSED, _failed(
                self.client, happened, f"HTTP {code}", gone=True, code=code
            )
        if code == 416 and have:
            if have == self.total:
                return None, None
            self._restart()
            return AttemptOutcome.LOST, self._lost("HTTP 416")
        if code not in (200, 206):
            outcome = retry.outcome_of(code) or AttemptOutcome.REDIRECTED
            happened = f"The finished video could not be fetched (HTTP {code})."
            return outcome, _failed(self.client, happened, f"HTTP {code}", code=code)
        self.encoded = response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity")
        if code == 206:
            start, total = _content_range(response.headers.get("Content-Range", ""))
            if start != have or (self.total is not None and total not in (None, self.total)):
                self._restart()
                return AttemptOutcome.LOST, self._lost("the file changed at its address")
            self.total = total if total is not None else self.total
        else:
            self._restart()
            length = response.headers.get("Content-Length", "")
            self.total = int(length) if length.isdecimal() and not self.encoded else None
            etag = response.headers.get("ETag", "")
            self.validator = etag if etag.startswith('"') else response.headers.get("Last-Modified")
        if self.total is not None and self.total > self.max_bytes:
            return AttemptOutcome.REFUSED, self._too_large()
        return None

    def _too_large(self):
        return _failed(
            self.client, f"The finished video is larger than {self.max_bytes // 2**20} MB.", "", final=True
        )

    def _restart(self) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.total = None

    def _pour(self, response: requests.Response, ends: float) -> None:
        while chunk := response.raw.read1(_BLOCK, decode_content=True):
            self.file.write(chunk)
            done = self.file.tell()
            if done > self.max_bytes:
                raise self._too_large()
            if self.on_progress is not None:
                self.on_progress(done, self.total)
            if time.monotonic() > ends:
                raise _failed(self.client, "The finished video came too slowly.", "")


def _content_range(text: str) -> tuple[int | None, int | None]:
    """(start, total) of `bytes start-end/total`; None for what is not there."""
    unit, _, rest = text.strip().partition(" ")
    span, _, total = rest.partition("/")
    start = span.partition("-")[0]
    if unit.lower() != "bytes" or not start.isdecimal():
        return None, None
    return int(start), int(total) if total.isdecimal() else None


def mp4_problem(file, size: int) -> str:
    """Why a file is no whole mp4 or mov, as a sentence; "" when it is one.

    Walks the top-level boxes: the first must be one that such files begin with, none may reach past the
    end, and `moov` must be there.
    """
    file.seek(0)
    head = file.read(64)
    file.seek(0, os.SEEK_END)
    if not size:
        return "The finished video is empty."
    if head.lstrip()[:1] in (b"<", b"{", b"["):
        return "What lies at the finished video's address is a page of text, not a video."
    if head[4:8] not in _FIRST_BOXES:
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


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; not every system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
