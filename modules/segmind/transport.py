"""Sockets and sessions: how a request leaves, and what is certain about it when it fails.

Two ways out. Reads share one pooled `requests.Session`. Anything that carries weight (a submit, an upload)
goes out on a connection of its own, for two reasons: a pooled connection that the server has just closed
fails exactly like a request that was taken and then cut, which for a submit is the difference between free
and maybe charged; and a connection of our own can say whether anything was sent, and can be ended at a
deadline.

The environment is used for proxies only, and never for loopback. `trust_env` is off, because requests would
otherwise let a `.netrc` entry add an `Authorization` header of its own, which the engine answers with 401. A
private CA bundle is given as `verify`.
"""

import contextlib
import ipaddress
import re
import socket
import threading
import time
from collections.abc import Iterable
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from modules.secret import Secret
from modules.segmind.responses import Answer, read_answer
from modules.segmind.retry import AttemptOutcome

_JSON = {"Content-Type": "application/json"}
_HEADER_VALUE = re.compile(r"[!-~]{0,200}")
USER_AGENT = f"prompt-edit-studio/1.0.0 (python-requests/{requests.__version__})"


class Key(Secret):
    """A key of the engine. `reveal()` is called where a header is built."""

    __slots__ = ()

    def __init__(self, value: str | Secret) -> None:
        super().__init__(value if isinstance(value, Key) else Secret(value).reveal().strip())

    def fits(self) -> bool:
        """Whether a header can carry it: printable ASCII without blanks, of a sane length."""
        return self.matches(_HEADER_VALUE)


class KeyHeader(AuthBase):
    """Puts the key into `x-api-key` as the request leaves, so that no header dictionary of ours holds it."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["x-api-key"] = self._key.reveal()
        return request


class Trace:
    """What one request on its own connection has done so far. Safe to end from another thread."""

    def __init__(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds
        self.used = False
        self.left = False
        self.expired = False
        self._sock: socket.socket | None = None
        self._lock = threading.Lock()

    def holds(self, sock: socket.socket) -> None:
        with self._lock:
            self._sock = sock

    def end(self) -> None:
        """Shut the socket so that whoever reads or writes it stops now."""
        with self._lock:
            self.expired = True
            sock = self._sock
        if sock is not None:
            # The plain socket's shutdown, even under TLS, whose own changes state that the reader uses.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _TracedConnection(HTTPConnection):
    """A connection that tells its `trace` what it does. `stall`: time-out in seconds of each silence."""

    trace: Trace
    stall: float
    _connecting = False

    def connect(self) -> None:
        self.trace.used = True
        self._connecting = True
        super().connect()
        self._connecting = False
        self.trace.holds(self.sock)
        # Until the request is out, urllib3 leaves the connect time-out on the socket: too short.
        self.sock.settimeout(self.stall)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._connecting:
            if self.trace.expired or time.monotonic() > self.trace.deadline:
                raise TimeoutError("the deadline passed")
            self.trace.left = True
        super().send(data)


class _OneShotAdapter(HTTPAdapter):
    def __init__(self, trace: Trace, stall: float) -> None:
        self._pools = {}
        for scheme, pool, base in (
            ("http", HTTPConnectionPool, HTTPConnection),
            ("https", HTTPSConnectionPool, HTTPSConnection),
        ):
            traced = type("Traced", (_TracedConnection, base), {"trace": trace, "stall": stall})
            self._pools[scheme] = type("Pool", (pool,), {"ConnectionCls": traced})
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kw: Any) -> None:
        super().init_poolmanager(*args, **kw)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kw: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kw)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self._pools
        return manager


def _bare_session(verify: bool | str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = verify
    session.headers.clear()
    session.headers.update(
        {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
    )
    # One session serves several keys: a cookie given to one must not travel with another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def pooled_session(pool: int, verify: bool | str = True) -> requests.Session:
    """The session for reads: `pool` kept connections a host, no retries of its own."""
    session = _bare_session(verify)
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=pool, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def proxies_for(url: str) -> dict[str, str]:
    """The environment's proxies for `url`; none for loopback, where the preview engine listens."""
    host = urlsplit(url).hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost" or host.endswith(".localhost")
    if loopback or proxy_bypass(host):
        return {}
    return {scheme: proxy for scheme, proxy in getproxies().items() if scheme in ("http", "https", "all")}


def _reason(error: BaseException) -> BaseException:
    """The innermost cause that requests and urllib3 wrapped."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return error.reason if isinstance(error, MaxRetryError) and error.reason else error


def outcome_of_fault(error: BaseException) -> AttemptOutcome:
    """What is certain after an exception on a pooled connection. When in doubt, the request left."""
    reason = _reason(error)
    if isinstance(reason, (NewConnectionError, ConnectTimeoutError)) or isinstance(
        error, requests.ConnectTimeout
    ):
        return AttemptOutcome.NOT_CONNECTED
    if isinstance(error, requests.Timeout) or isinstance(reason, TimeoutError):
        return AttemptOutcome.TIMED_OUT
    return AttemptOutcome.LOST


def fault_note(error: BaseException) -> str:
    """A short note for logs: the type of the cause only, as messages of the libraries hold URLs."""
    return type(_reason(error)).__name__


class TransportFault(Exception):
    """Raised inside this package when a request gave no HTTP answer; carries what is certain about it."""

    def __init__(self, outcome: AttemptOutcome, note: str) -> None:
        super().__init__(note)
        self.outcome = outcome
        self.note = note


def read_once(
    session: requests.Session,
    url: str,
    *,
    auth: AuthBase,
    proxies: dict[str, str],
    timeout: tuple[float, float],
) -> Answer:
    """One GET on the pooled session, redirects not followed. Raises Fault."""
    fault = None
    try:
        response = session.get(
            url,
            headers=_JSON,
            auth=auth,
            proxies=proxies,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
        )
    except Exception as error:  # a hostile answer also raises ValueErrors out of the libraries
        unmet = isinstance(error, (requests.exceptions.SSLError, requests.exceptions.ProxyError))
        fault = TransportFault(
            AttemptOutcome.NOT_CONNECTED if unmet else outcome_of_fault(error), fault_note(error)
        )
    if fault is not None:
        # Raised out here so that no library exception, whose request holds the key, hangs on it as context.
        raise fault
    return read_answer(response, timeout[1])


def post_once(
    url: str,
    body: bytes | Iterable[bytes],
    *,
    auth: AuthBase,
    proxies: dict[str, str],
    verify: bool | str,
    timeout: tuple[float, float],
    seconds: float,
) -> Answer:
    """One POST on a connection of its own, ended after `seconds` in all. Redirects not followed. Raises
    Fault.

    `timeout`: seconds to connect, and for each silence, while sending and while waiting; `seconds` bounds a
    server that trickles.
    """
    trace = Trace(seconds)
    fault = None
    watchdog = threading.Timer(seconds, trace.end)
    watchdog.daemon = True
    watchdog.start()
    try:
        with _bare_session(verify) as session:
            adapter = _OneShotAdapter(trace, timeout[1])
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            response = session.post(
                url,
                data=body,
                headers={**_JSON, "Connection": "close"},
                auth=auth,
                proxies=proxies,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            )
            return read_answer(response, seconds)
    except Exception as error:
        if not isinstance(error, (requests.RequestException, OSError)) and not isinstance(body, bytes):
            # Out of the caller's own stream: a file that changed, or a cancelled upload. Without the
            # libraries' frames, as their locals hold the key.
            raise error.with_traceback(None) from None
        # Whatever it is: once the request has left, it is not "nothing happened".
        fault = TransportFault(_certain(trace, error), fault_note(error))
    finally:
        watchdog.cancel()
    raise fault


def _certain(trace: Trace, error: BaseException) -> AttemptOutcome:
    """What is certain after a fault. A SOCKS proxy is not traced; then the exception decides."""
    outcome = outcome_of_fault(error)
    if not trace.left and (trace.used or isinstance(error, ValueError)):
        # Includes a failed or silent TLS handshake, which the libraries report like a lost answer; a
        # ValueError is an address or a proxy that could not even be tried.
        return AttemptOutcome.NOT_CONNECTED
    return AttemptOutcome.TIMED_OUT if trace.expired else outcome
