"""Which network addresses a visitor's URL may lead to: those that are routed globally."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from modules.media.errors import MediaError

Resolver = Callable[..., Sequence[tuple[Any, ...]]]

# Web servers live on these; anything else is more likely something that should not be poked from here.
PUBLIC_PORTS = frozenset({80, 443, *range(8000, 9000)})
MAX_URL_CHARACTERS = 4096
NAT64 = ipaddress.ip_network("64:ff9b::/96")
REFUSED_PLACE = (
    "This address leads to a private network, which the studio does not visit. Use a public link, or "
    "choose the file here."
)


@dataclass(frozen=True)
class Target:
    """Where to connect: one URL taken apart. `host` is ASCII, `path` includes the query."""

    url: str
    secure: bool
    host: str
    port: int
    path: str
    trusted: bool

    @property
    def ascii_url(self) -> str:
        """The address in ASCII: umlauts and blanks escaped, the host as its IDN form."""
        return f"{'https' if self.secure else 'http'}://{self.host_header}{self.path}"

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def is_public(address: str) -> bool:
    """True when `address` (v4 or v6) is globally routable, as must be every v4 address inside a v6 one."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if ip.version == 6 and ip.ipv4_mapped:
        # Pythons differ on whether is_global looks inside these.
        return is_public(str(ip.ipv4_mapped))
    if ip in NAT64:
        # What a v6-only network gives for every v4 server, public or not.
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    if (
        "%" in address
        or not ip.is_global
        or ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
        or ip.is_loopback
    ):
        return False
    if ip.version == 4:
        return True
    inside: list[ipaddress.IPv4Address] = []
    if ip.sixtofour:
        inside.append(ip.sixtofour)
    if ip.teredo:
        inside.extend(ip.teredo)
    return all(is_public(str(v4)) for v4 in inside)


def target_of(url: str, trusted_hosts: frozenset[str]) -> Target:
    """`url` taken apart. Raises MediaError with a sentence when it is not a plain public web address."""
    if len(url) > MAX_URL_CHARACTERS:
        raise MediaError("This URL is too long. Use a shorter link, or choose the file here.")
    url = url.strip(" ")
    if any(ord(letter) < 32 or letter in '\\"<>^`{|}' or ord(letter) == 127 for letter in url):
        raise MediaError("This URL contains characters that do not belong in one. Copy it again.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
        host = host if ":" in host or host.isascii() else host.encode("idna").decode("ascii")
        if any(letter.isspace() for letter in parts.netloc):
            raise ValueError("a blank in the host")
    except (ValueError, UnicodeError) as error:
        raise MediaError("This URL cannot be read. Copy it again.") from error
    if parts.scheme not in ("http", "https"):
        raise MediaError("Only http and https links can be used. Choose the file here instead.")
    if not host:
        raise MediaError("This URL names no server. Copy it again.")
    if "@" in parts.netloc:
        raise MediaError(
            "This URL carries a user name or password. Remove it: the model would receive it too."
        )
    secure = parts.scheme == "https"
    port = port if port is not None else (443 if secure else 80)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
    trusted = host.lower() in trusted_hosts or f"{host.lower()}:{port}" in trusted_hosts
    if not trusted and port not in PUBLIC_PORTS:
        raise MediaError(
            f"Port {port} is not one that web servers use. Use an ordinary link, or choose the file here."
        )
    return Target(url, secure, host, port, path, trusted)


def vetted(target: Target, resolver: Resolver) -> list[tuple[str, int]]:
    """The addresses of `target`, looked up once; every single one must be public unless the host is trusted.

    One private address among public ones is a rebinding attempt or a mistake; both are refused.
    """
    try:
        found = resolver(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise MediaError(f"The server {target.host} cannot be found. Check the link.") from error
    addresses = list(
        dict.fromkeys(
            (str(entry[4][0]), target.port)
            for entry in found
            if entry[0] in (socket.AF_INET, socket.AF_INET6)
        )
    )
    if not addresses:
        raise MediaError(f"The server {target.host} cannot be found. Check the link.")
    if not target.trusted and not all(is_public(address) for address, _ in addresses):
        raise MediaError(REFUSED_PLACE)
    return addresses
