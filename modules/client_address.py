"""The network address of a visitor, found behind the proxies that may be believed.

`X-Forwarded-For` is a header like any other: whoever asks writes into it what they like, and each proxy on
the way appends the address that it saw. So it is read from its end, and only as far as proxies of ours wrote.
"""

import ipaddress
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MOST_HOPS = 20
PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        [
            *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"),
        ],
    )
)
"""Where the proxies of a Space stand."""


@dataclass(frozen=True)
class TrustedProxies:
    """Which proxies stand before this server: those at `networks`, or the last `hops` whoever they are (0:
    none)."""

    networks: tuple[Network, ...] = ()
    hops: int = 0

    def trusts(self, address: str) -> bool:
        """Whether a proxy of ours has this address."""
        found = parsed(address)
        return found is not None and any(found in network for network in self.networks)


NO_PROXIES = TrustedProxies()


def proxies_from(written: str) -> TrustedProxies:
    """The setting: addresses and networks with commas or spaces between them, or one whole number of hops.
    Raises ValueError for anything else."""
    if written.isdecimal():
        return TrustedProxies(hops=min(int(written), _MOST_HOPS))
    return TrustedProxies(
        tuple(ipaddress.ip_network(one, strict=False) for one in written.replace(",", " ").split())
    )


def client_address(scope: Scope, proxies: TrustedProxies) -> str:
    """Of the visitor, as `grouped` gives it. The peer's own where no trusted proxy says another."""
    peer = (scope.get("client") or ("unknown",))[0]
    if not (proxies.networks or proxies.hops):
        return grouped(peer)
    told = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    hops = [one.strip() for one in told if one.strip()][-_MOST_HOPS:]
    if proxies.hops:
        found = hops[-proxies.hops] if len(hops) >= proxies.hops else peer
    elif not proxies.trusts(peer):
        found = peer
    else:
        # The last that is no proxy; where all are, the last of all: what stands before it may be invented.
        found = next((one for one in reversed(hops) if not proxies.trusts(one)), (hops or [peer])[-1])
    return grouped(found if parsed(found) else peer)


def grouped(address: str) -> str:
    """The address by which somebody is counted: a household is given a whole /64 of IPv6 and could ask from
    2**64 addresses. One that cannot be read is left as it is."""
    found = parsed(address)
    if found is None:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found)


def is_loopback(server_name: str) -> bool:
    """Whether a server that listens at `server_name` can be reached from this machine only."""
    found = parsed(server_name)
    return server_name.lower() == "localhost" or (found is not None and found.is_loopback)


def parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address without its port, its brackets and its zone; IPv4 inside IPv6 as IPv4."""
    text = address.strip().strip('"')
    if text.startswith("["):
        text = text[1:].split("]")[0]
    elif text.count(":") == 1:
        text = text.split(":")[0]
    try:
        found = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found
