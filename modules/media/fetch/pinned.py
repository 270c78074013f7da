"""One HTTP GET over a connection pinned to a checked address, inside a hard time limit."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache

import certifi

from modules.media.errors import MediaError
from modules.media.fetch.url_policy import Target

Connect = Callable[..., socket.socket]
CHUNK = 1 << 16
MOST_ADDRESSES = 4
"""Tried of one host, each for the time-out of a connection."""
AGENT = "video-edit-studio/1"


class HostNotReached(MediaError):
    """Raised when a visitor's server does not answer, breaks off or is too slow; it may work later."""


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


class PinnedResponse:
    """A GET whose headers have arrived. `read()` gives the body in pieces; use as a context manager."""

    def __init__(
        self,
        target: Target,
        addresses: list[tuple[str, int]],
        headers: dict[str, str],
        *,
        connect: Connect,
        timeout: tuple[float, float],
        deadline: float,
        headers_within: float = 30.0,
    ) -> None:
        self.target, self.deadline = target, deadline
        self._addresses, self._connect, self._timeout = addresses, connect, timeout
        self._socket: socket.socket | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._late = False
        # Time-outs of a socket begin anew with every byte that drips in; this one does not.
        self._timer = self._cut_after(min(headers_within, deadline - time.monotonic()))
        try:
            with self._said():
                self._open(headers)
            self._timer.cancel()
            self._timer = self._cut_after(deadline - time.monotonic())
        except BaseException:
            self.close()
            raise

    def _open(self, headers: dict[str, str]) -> None:
        failed: OSError | None = None
        for address in self._addresses[:MOST_ADDRESSES]:
            self._must_be_in_time()
            try:
                # The address was checked; the name could point elsewhere by now.
                self._socket = self._connect(address, timeout=self._timeout[0])
                break
            except OSError as error:
                failed = error
        if self._socket is None:
            raise failed or OSError("no address")
        self._must_be_in_time()
        self._socket.settimeout(self._timeout[1])
        if self.target.secure:
            self._socket = _tls().wrap_socket(self._socket, server_hostname=self.target.host)
            self._must_be_in_time()
        self._connection = http.client.HTTPConnection(self.target.host, self.target.port)
        self._connection.sock = self._socket
        self._connection.putrequest("GET", self.target.path, skip_host=True, skip_accept_encoding=True)
        sent = {
            "Host": self.target.host_header,
            "User-Agent": AGENT,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
        } | headers
        for name, value in sent.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.headers = self._response.headers

    def read(self) -> bytes:
        """Some more of the body, at most 64 KB; empty at its end. Raises NotReached when it breaks off."""
        with self._said():
            if time.monotonic() > self.deadline:
                raise TimeoutError
            data = self._response.read1(CHUNK)
            if self._late:
                raise TimeoutError
            if not data and self._response.length:
                raise ConnectionError("the body is shorter than it was said to be")
            return data

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise MediaError(
                f"The certificate of {self.target.host} is not valid, so the link is not used. Choose the "
                "file here instead."
            ) from error
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            if self._late or isinstance(error, TimeoutError):
                raise HostNotReached(
                    f"{self.target.host} is too slow to answer. Try again, or choose the file here."
                ) from error
            raise HostNotReached(
                f"{self.target.host} does not answer, or breaks off. Check the link, or choose the file here."
            ) from error

    def _must_be_in_time(self) -> None:
        """TimeoutError when the time was over before there was a socket that could be cut."""
        if self._late:
            raise TimeoutError

    def _cut_after(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(max(0.01, seconds), self._cut)
        timer.daemon = True
        timer.start()
        return timer

    def _cut(self) -> None:
        self._late = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._timer.cancel()
        for thing in (self._connection, self._socket):
            if thing is not None:
                with contextlib.suppress(OSError):
                    thing.close()

    def __enter__(self) -> "PinnedResponse":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
