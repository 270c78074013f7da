"""What is the same for every visitor is made once, and nothing else is kept."""

import asyncio

import brotli
import pytest

from modules.ui.shelf import MOST, Shelf


class House:
    """An app whose document names the address it was asked by; `asked` counts what reached it."""

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.asked = 0
        self.status, self.headers = status, [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope, receive, send) -> None:
        self.asked += 1
        host = dict(scope["headers"]).get(b"host", b"")
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"content-type", b"text/html"), *self.headers]})
        await send({"type": "http.response.body", "body": b"<html>" + host, "more_body": True})
        await send({"type": "http.response.body", "body": scope["path"].encode()})


def get(shelf, path: str = "/", method: str = "GET", query: bytes = b"", **headers: str) -> tuple[int, dict, bytes]:
    """Status, headers and unpacked body."""
    sent = []

    async def send(message) -> None:
        sent.append(message)

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in ({"host": "a", "accept_encoding": "gzip, br"} | headers).items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "scheme": "http", "headers": pairs}
    asyncio.run(shelf(scope, None, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], told, brotli.decompress(body) if told.get("content-encoding") == "br" else body


def test_a_document_is_made_once_for_each_address_it_is_reached_by():
    house = House()
    shelf = Shelf(house)
    assert [get(shelf, host=host)[2] for host in ("a", "b", "a", "b", "a")] == [b"<html>a/", b"<html>b/"] * 2 + [b"<html>a/"]
    assert get(shelf, x_forwarded_host="c")[2] == b"<html>a/" and get(shelf, x_forwarded_proto="https")[2] == b"<html>a/"
    assert house.asked == 4
    status, headers, _ = get(shelf, query=b"__theme=dark", cookie="other=1")
    assert house.asked == 4 and status == 200 and headers["vary"] == "Accept-Encoding" and "cache-control" not in headers


def test_a_part_may_stay_in_the_browser_for_good():
    house = House()
    shelf = Shelf(house)
    for _ in range(2):
        assert "immutable" in get(shelf, "/assets/index-abc.js")[1]["cache-control"]
    assert house.asked == 1


@pytest.mark.parametrize("asking", [{"method": "HEAD"}, {"method": "POST"}, {"path": "/gradio_api/queue/data"}, {"path": "/config"},
                                    {"accept_encoding": "gzip"}, {"range": "bytes=0-3"}, {"cookie": "access-token-unsecure-1=x"},
                                    {"query": b"deep_link=x"}])
def test_what_may_differ_is_asked_of_the_app_each_time(asking):
    house = House()
    shelf = Shelf(house)
    assert get(shelf, **asking) == get(shelf, **asking) and house.asked == 2


@pytest.mark.parametrize("house", [House(404), House(307), House(set_cookie="a=b"), House(content_encoding="identity")])
def test_other_answers_pass_through_unchanged_and_are_not_kept(house):
    shelf = Shelf(house)
    for _ in range(2):
        status, headers, body = get(shelf)
        assert status == house.status and body == b"<html>a/" and {name for name, _ in house.headers} <= {name.encode() for name in headers}
    assert house.asked == 2


def test_addresses_without_number_do_not_fill_the_memory():
    house = House()
    shelf = Shelf(house)
    for number in range(3 * MOST):
        get(shelf, host=f"host-{number}")
    get(shelf, host=f"host-{3 * MOST - 1}")
    assert house.asked == 3 * MOST
    get(shelf, host="host-0")
    assert house.asked == 3 * MOST + 1
