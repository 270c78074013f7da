"""Whose address a request counts for, and what becomes of an odd query."""

import pytest

from modules.ui.security import safe_query, visitor_address


def address(peer: str, *told: str, on_a_space: bool) -> str:
    scope = {
        "type": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", one.encode()) for one in told],
    }
    return visitor_address(scope, on_a_space=on_a_space)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (["8.8.8.8"], "8.8.8.8"),
        (["9.9.9.9, 8.8.8.8"], "8.8.8.8"),
        (["9.9.9.9, 8.8.8.8, 10.0.0.7"], "8.8.8.8"),
        (["9.9.9.9", "8.8.8.8"], "8.8.8.8"),
        (["10.0.0.7"], "10.0.0.7"),
        (["nonsense"], "nonsense"),
        ([], "10.1.2.3"),
    ],
)
def test_on_a_space_the_last_public_address_counts(told, found):
    assert address("10.1.2.3", *told, on_a_space=True) == found


def test_elsewhere_nobody_is_believed():
    assert address("127.0.0.1", "9.9.9.9", on_a_space=False) == "127.0.0.1"


@pytest.mark.parametrize(
    "query", [b"deep_link=x", b"deep%5Flink=x", b"DEEP_LINK=x&a=1", b"a=1&d%65ep_link=x", b"+deep_link=x"]
)
def test_deep_links_are_dropped_however_they_are_written(query):
    assert b"link" not in safe_query(query, "/")


def test_other_queries_stay_as_they_are():
    assert safe_query(b"__theme=dark&x=%20a", "/") == b"__theme=dark&x=%20a"
