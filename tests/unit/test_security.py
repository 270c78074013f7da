"""Whose address a request counts for, and what becomes of an odd query."""

import pytest

from modules.client_address import PRIVATE, TrustedProxies, client_address, proxies_from
from modules.ui.security import safe_query

OF_A_SPACE = TrustedProxies(PRIVATE)


def address(peer: str, *told: str, proxies: TrustedProxies = OF_A_SPACE) -> str:
    scope = {
        "type": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", one.encode()) for one in told],
    }
    return client_address(scope, proxies)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (["8.8.8.8"], "8.8.8.8"),
        (["9.9.9.9, 8.8.8.8"], "8.8.8.8"),
        (["9.9.9.9, 8.8.8.8, 10.0.0.7"], "8.8.8.8"),
        (["9.9.9.9", "8.8.8.8"], "8.8.8.8"),
        (["10.0.0.7"], "10.0.0.7"),
        (["nonsense"], "10.1.2.3"),
        (["8.8.8.8:4711"], "8.8.8.8"),
        (["[2a00:1:2:3:4::5]:443"], "2a00:1:2:3::"),
        (["::ffff:8.8.8.8"], "8.8.8.8"),
        (["10.9.9.9, 10.0.0.7"], "10.0.0.7"),
        ([", ,"], "10.1.2.3"),
        ([], "10.1.2.3"),
    ],
)
def test_on_a_space_the_last_public_address_counts(told, found):
    assert address("10.1.2.3", *told) == found


def test_elsewhere_nobody_is_believed():
    assert address("127.0.0.1", "9.9.9.9", proxies=TrustedProxies()) == "127.0.0.1"


def test_who_comes_past_the_proxies_is_not_believed():
    assert address("8.8.4.4", "9.9.9.9") == "8.8.4.4"


def test_one_household_counts_as_one_address():
    found = {address("10.1.2.3", f"2a00:1:2:3::{number:x}") for number in range(1, 50)}
    assert found == {"2a00:1:2:3::"}


@pytest.mark.parametrize(
    ("written", "peer", "told", "found"),
    [
        ("1", "8.8.4.4", "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        ("2", "8.8.4.4", "9.9.9.9, 8.8.8.8, 1.1.1.1", "8.8.8.8"),
        ("2", "8.8.4.4", "9.9.9.9", "8.8.4.4"),
        ("203.0.113.7", "203.0.113.7", "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        ("203.0.113.0/24 198.51.100.1", "198.51.100.1", "9.9.9.9, 203.0.113.9", "9.9.9.9"),
        ("203.0.113.7", "127.0.0.1", "9.9.9.9", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "9.9.9.9", "9.9.9.9"),
    ],
)
def test_the_owner_says_which_proxies_are_believed(written, peer, told, found):
    assert address(peer, told, proxies=proxies_from(written)) == found


@pytest.mark.parametrize(
    "query", [b"deep_link=x", b"deep%5Flink=x", b"DEEP_LINK=x&a=1", b"a=1&d%65ep_link=x", b"+deep_link=x"]
)
def test_deep_links_are_dropped_however_they_are_written(query):
    assert b"link" not in safe_query(query, "/")


def test_other_queries_stay_as_they_are():
    assert safe_query(b"__theme=dark&x=%20a", "/") == b"__theme=dark&x=%20a"
