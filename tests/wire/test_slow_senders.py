"""What one client's transfers and watches may use up: no more than leaves the site free for others."""

import contextlib
import os
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.fake_upstream import FakeUpstream
from tests.support.hasty_app import SLOTS
from tests.support.raw_events import RawPage, fields
from tests.support.raw_requests import begun, elsewhere, multipart, post_many, status_of
from tests.support.slow_clips import CLIP, drip, settings, spending, stages
from tests.support.studio_app import KEY, running_app
from tests.support.upstream_faults import trickle
from tests.support.waiting import until

MANY = SLOTS + 30
"""More than the events that are carried out at the same time; 64 watches are one address's share."""
QUOTA = 50_000_000
DAY = 24 * 3600


@pytest.fixture(scope="module")
def upstream():
    """Segmind, where no edit ever ends; its files, whose host is trusted, arrive byte by byte."""
    with FakeUpstream(durations=(600, 600)) as upstream:
        upstream.always("file", trickle(0.5))
        yield upstream


@pytest.fixture(scope="module")
def small(tmp_path_factory, upstream):
    """An app with room for 50 MB, on which an earlier process left files. It is hasty: a stalled transfer is
    given up after 2 seconds, where the other takes 30, and few events have a slot."""
    data = tmp_path_factory.mktemp("small")
    for name in ("tmpabcdefgh", "0123456789abcdef/clip.mp4", "deep_links/0123456789/state.json"):
        file = data / "gradio" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"left behind")
        os.utime(file, (time.time() - 3 * DAY,) * 2)
    with running_app(data, hasty=True, STUDIO_MAX_DISK_GB="0.05", **settings(upstream)) as app:
        yield app


def test_a_download_that_drips_is_given_up(small, upstream):
    """256 KB in 2 seconds are asked for."""
    page = drip(RawPage(small.url), upstream)
    until(lambda: stages(small, page) == ["FAILED"] * 2, 20)
    assert spending(small, page) == []


# -- streams and uploads


def test_one_address_may_not_keep_any_number_of_streams_open(small):
    def opened(name: str, source: str):
        return begun(small.url, f"/gradio_api/heartbeat/{name}", {}, method="GET", source=source)

    with contextlib.ExitStack() as lines:
        greedy = [lines.enter_context(opened(f"greedy{number}", elsewhere(1))) for number in range(300)]
        codes = [status_of(line, 5) for line in greedy]
        assert codes[:4] == [200] * 4 and {429, 503} & set(codes), sorted(set(codes))
        assert status_of(lines.enter_context(opened("other", "")), 5) == 200


def upload(app, size: int, source: str = "") -> int | None:
    headers, content = multipart(secrets.token_bytes(1000) + bytes(size - 1000))
    pieces = [content[at : at + 2**18] for at in range(0, len(content), 2**18)]
    with begun(app.url, "/gradio_api/upload", headers, *pieces, source=source) as line:
        return status_of(line, 10)


def stored(app) -> int:
    return sum(path.stat().st_size for path in app.temp.rglob("*") if path.is_file())


def half_sent(app, size: int, sent: int, source: str = ""):
    headers, content = multipart(bytes(size))
    return begun(app.url, "/gradio_api/upload", headers, content[:sent], source=source)


def statuses(lines: list) -> list[int | None]:
    """What is answered on each within a second, which is well before a stalled upload is ended."""
    with ThreadPoolExecutor(len(lines)) as side_by_side:
        return list(side_by_side.map(lambda line: status_of(line, 1.0), lines))


def test_what_an_earlier_process_left_is_swept(small):
    until(
        lambda: (
            not [
                path
                for path in small.temp.rglob("*")
                if path.is_file() and path.read_bytes() == b"left behind"
            ]
        ),
        20,
    )


def test_an_upload_that_is_broken_off_leaves_nothing_behind(small):
    before = set(small.temp.rglob("tmp*"))
    for size, sent in ((10_000_000, 2_000_000), (1_000_000, 500_000), (1000, 120)):
        with half_sent(small, size, sent):
            time.sleep(0.3)
    headers, content = multipart(bytes(100_000))
    headers["Content-Length"] = "90000"  # of which the last line is no part
    with begun(small.url, "/gradio_api/upload", headers, content[:90_000]) as line:
        status_of(line, 2)
    until(lambda: not set(small.temp.rglob("tmp*")) - before, 10)


def test_one_address_may_have_six_uploads_open(small):
    greedy = elsewhere(1)
    with contextlib.ExitStack() as lines:
        half = [lines.enter_context(half_sent(small, 100_000, 5000, greedy)) for _ in range(12)]
        codes = statuses(half)
        assert codes.count(429) == 6 and codes.count(None) == 6, codes
        assert upload(small, 100_000) == 200
    until(lambda: upload(small, 100_000, greedy) == 200, 10, 0.2)


def test_an_invented_address_brings_no_further_share(small):
    headers, content = multipart(bytes(100_000))
    with contextlib.ExitStack() as lines:
        half = [
            lines.enter_context(
                begun(
                    small.url,
                    "/gradio_api/upload",
                    headers | {"X-Forwarded-For": f"9.9.9.{n}"},
                    content[:5000],
                    source=elsewhere(6),
                )
            )
            for n in range(12)
        ]
        codes = statuses(half)
        assert codes.count(429) == 6 and codes.count(None) == 6, codes


def test_an_upload_that_stalls_is_ended(small):
    began = time.monotonic()
    with contextlib.ExitStack() as lines:
        stalled = [
            lines.enter_context(half_sent(small, 1_000_000, sent, elsewhere(2))) for sent in (0, 60, 200_000)
        ]
        codes = [status_of(line, max(0.1, 15 - time.monotonic() + began)) for line in stalled]
    assert set(codes) <= {0, 408}, codes
    until(lambda: not [path for path in small.temp.rglob("tmp*") if path.stat().st_size > 100], 10)


# -- watches


@pytest.fixture(scope="module")
def running(small):
    """A visitor whose edit goes on and on, and the session in which it was begun."""
    page, session = RawPage(small.url).another(source=elsewhere(3)), secrets.token_hex(6)
    form = fields(video=page.uploaded(CLIP))
    told = page.post("start", [page.visitor, "segmind", KEY, "", *form], session=session)
    assert told[-1]["output"]["data"][3] == "", told
    until(lambda: stages(small, page) == ["QUEUED"], 30)
    return page, session


def answers_within(page: RawPage, seconds: float) -> None:
    told = page.post("code", ["curl", *fields(prompt="still there")], seconds=seconds)
    assert "still there" in str(told[-1]["output"])


def test_more_watches_than_slots_in_one_session_that_never_reads_hold_up_nobody(running):
    page, session = running
    post_many(page.url, [page.body("watch", [page.visitor, None], session=session)] * MANY, page.source)
    answers_within(page.another(), 5)


def test_watches_in_many_sessions_of_one_address_hold_up_nobody(running):
    page, _ = running
    sessions = [secrets.token_hex(6) for _ in range(MANY)]
    for event, data in (("arrive", [page.visitor]), ("watch", [page.visitor, None])):
        post_many(page.url, [page.body(event, data, session=session) for session in sessions], page.source)
        with contextlib.suppress(AssertionError):
            page.told(sessions[-1], 2)  # by now the others have arrived, too
    answers_within(page.another(), 5)


# -- the share of the disk. Last: afterwards nothing more is taken


def test_uploads_without_a_length_never_fill_more_than_their_share(small):
    head = multipart(b"")[1].split(b"\r\n--edge--")[0]
    pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (head, *[secrets.token_bytes(2**20)] * 60)]
    sent = {"Content-Type": "multipart/form-data; boundary=edge", "Transfer-Encoding": "chunked"}
    with begun(small.url, "/gradio_api/upload", sent, *pieces) as line:
        code, most = status_of(line, 3), stored(small)
    assert code in (0, 411, 413, 507) and most <= QUOTA, (code, most)


def test_uploads_never_fill_more_than_their_share(small):
    codes = [upload(small, 10_000_000, elsewhere(5 + number)) for number in range(8)]
    assert set(codes) == {200, 507} and stored(small) <= QUOTA, (codes, stored(small))
    assert upload(small, 60_000_000) in (413, 507)
