"""A public page on its owner's key: nobody drains it, and what is left is told."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_events import RawPage, fields, file_data
from tests.support.raw_requests import ask, call, elsewhere, multipart
from tests.support.studio_app import CLIPS, running_app
from tests.support.waiting import until

CLIP = (CLIPS / "person_park_1280x720.mp4").read_bytes()
COOKIE = "studio_person"
VISITORS = iter(range(1, 200))


def visitor() -> str:
    """The address of another visitor."""
    return elsewhere(next(VISITORS))


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream(durations=(0.1, 0.3)) as upstream:
        yield upstream


def settings(upstream, **more: str) -> dict[str, str]:
    return {
        "SEGMIND_BASE_URL": upstream.url,
        "SEGMIND_STORAGE_URL": upstream.url,
        "SEGMIND_API_KEY": "SG_feedfacefeedface",
        "STUDIO_PUBLIC": "1",
        **more,
    }


@pytest.fixture(scope="module")
def app(tmp_path_factory, upstream):
    rich = settings(upstream, STUDIO_DAILY_BUDGET_USD="1000")
    with running_app(tmp_path_factory.mktemp("public"), **rich) as app:
        yield app


@pytest.fixture(scope="module")
def clip(app):
    return file_data(RawPage(app.url).upload("clip.mp4", CLIP))


def edit(app, clip, source: str, *, code: str = "", prompt: str = "winter", **options) -> dict:
    """The last answer of `/edit`, without a key."""
    values = [prompt, clip, "std", "3", "16:9", False, "customize", [], [], "", code]
    status, told = call(app.url, "edit", values, source=source, **options)
    if status == 429:  # too many calls at once: nothing was even looked at
        return {"stage": "REFUSED", "error": ""}
    assert status == 200, status
    return told[1]


def form(clip) -> list:
    return fields(video=clip, duration=3)


def cookie_of(app, source: str, **headers: str) -> str:
    """What a browser keeps that opens the page."""
    return ask(app.url, "GET", "/", headers, source=source).headers.get("set-cookie", "")


def bearer(written: str) -> dict[str, str]:
    return {"Cookie": written.split(";")[0]}


def test_one_visitor_who_calls_a_hundred_times_at_once_spends_two_edits(app, clip, upstream):
    """With another token in every call, which the API makes by itself, and addresses that are invented."""
    source, before = visitor(), len(upstream.accepted)

    def press(number: int) -> dict | None:
        invented = {"X-Forwarded-For": f"203.0.113.{number}", "Cookie": f"{COOKIE}={'A' * 32}.{number:032x}"}
        return edit(app, clip, source, prompt=f"winter {number}", headers=invented)

    with ThreadPoolExecutor(16) as threads:
        told = [one for one in threads.map(press, range(100)) if one]
    done = [one for one in told if one["stage"] == "COMPLETED"]
    assert len(done) == 2 and len(upstream.accepted) - before == 2
    refused = [one["error"] for one in told if one["stage"] == "FAILED"]
    said = [text for text in refused if "2 paid edits" in text]
    assert sum(one["stage"] == "REFUSED" for one in told) > 50
    assert said and all("Nothing was spent" in text and "preview engine is free" in text for text in said)
    # Others are not concerned.
    assert edit(app, clip, visitor())["stage"] == "COMPLETED"


def test_who_clears_the_cookie_stays_inside_the_allowance_of_the_address(app, clip, upstream):
    source, before = visitor(), len(upstream.accepted)
    stages = []
    for number in range(8):
        fresh = bearer(cookie_of(app, source))
        stages.append(edit(app, clip, source, prompt=f"snow {number}", headers=fresh)["stage"])
    assert stages == ["COMPLETED"] * 6 + ["FAILED"] * 2 and len(upstream.accepted) - before == 6


def test_a_cookie_is_counted_wherever_it_comes_from(app, clip):
    kept = bearer(cookie_of(app, visitor()))
    stages = [edit(app, clip, visitor(), prompt=f"{at}", headers=kept)["stage"] for at in range(3)]
    assert stages == ["COMPLETED", "COMPLETED", "FAILED"]


def test_the_cookie_is_the_servers_and_given_once(app):
    source = visitor()
    given = cookie_of(app, source)
    assert given.startswith(f"{COOKIE}=") and "HttpOnly" in given and "SameSite=Lax" in given
    assert COOKIE not in cookie_of(app, source, **bearer(given))
    spoilt = given.split(";")[0][:-1] + ("0" if given.split(";")[0][-1] != "0" else "1")
    assert COOKIE in cookie_of(app, source, Cookie=spoilt)
    token = RawPage(app.url).visitor  # what the scripts of the page keep is no cookie
    assert COOKIE in cookie_of(app, source, Cookie=f"{COOKIE}={token}")
    assert COOKIE not in json.dumps(dict(ask(app.url, "GET", "/config", source=source).headers))


def test_in_the_frame_of_a_space_the_cookie_is_kept_apart(tmp_path, upstream):
    on_a_space = settings(upstream, SPACE_ID="anna/kling", STUDIO_PUBLIC="")
    with running_app(tmp_path, **on_a_space) as app:
        given = cookie_of(app, "", **{"X-Forwarded-For": "8.8.8.8"})
        assert all(word in given for word in ("HttpOnly", "SameSite=None", "Secure", "Partitioned"))


def test_where_strangers_come_no_page_of_this_machine_frames_this_one(app, studio):
    told = [ask(one.url, "GET", "/").headers["content-security-policy"] for one in (app, studio)]
    public, private = (one.partition("frame-ancestors ")[2].split(";")[0].split() for one in told)
    assert public == ["'self'", "https://huggingface.co", "https://*.hf.space"]
    assert private == [*public, "http://127.0.0.1:*", "http://localhost:*"]


def test_the_page_says_what_is_left_and_when_it_starts_again(app, clip):
    page = RawPage(app.url).another(source=visitor())
    page.headers = bearer(cookie_of(app, page.source))

    def offered() -> str:
        return str(page.post("offer", ["segmind", "", *form(clip)])[-1]["output"]["data"][0])

    assert "2 of 2 paid edits" in offered()
    for prompt in ("a", "b"):
        assert page.start(engine="segmind", video=clip, prompt=prompt, duration=3) == {}
    until(lambda: "which is all that it gives one person" in offered(), 30)
    assert "possible tomorrow at " in offered() or "possible at " in offered()
    said = page.start(engine="segmind", video=clip, prompt="c", duration=3)["key"]
    assert "2 paid edits" in said and "Nothing was spent" in said
    # The free engine stays open, and what was typed stays with the page.
    assert page.start(engine="preview", video=clip, prompt="c", duration=3) == {}


def test_a_comparison_counts_each_prompt(app, clip, upstream):
    page, before = RawPage(app.url).another(source=visitor()), len(upstream.accepted)
    start = [page.visitor, "segmind", "", "", *"abc", "", *form(clip)]
    said = page.values("start_all", start)[1]
    assert "You have 2 of 2 paid edits" in said and "these are 3" in said and page.history() == []
    two = [*start[:6], "", "", *form(clip)]
    assert page.values("start_all", two)[1] == "" and len(page.history()) == 2
    until(lambda: len(upstream.accepted) - before == 2, 30)
    assert "made 2 paid edits" in page.values("start_all", [*two[:4], "d", *two[5:]])[1]
    assert len(page.history()) == 2


def test_on_the_owners_own_machine_the_budget_alone_counts(tmp_path, upstream):
    alone = settings(upstream, STUDIO_PUBLIC="", STUDIO_DAILY_BUDGET_USD="4")
    with running_app(tmp_path, **alone) as app:
        clip = file_data(RawPage(app.url).upload("clip.mp4", CLIP))
        told = [edit(app, clip, "", prompt=f"{at}") for at in range(5)]
        assert [one["stage"] for one in told] == ["COMPLETED"] * 4 + ["FAILED"]
        assert "budget of $4.00 in 24 hours has $0.22 left" in told[-1]["error"]
        page = RawPage(app.url)
        told = page.post("offer", ["segmind", "", *form(clip)])[-1]["output"]["data"][0]
        assert "paid edits" not in told and "$0.22 of $4.00" in told


def test_an_access_code_is_asked_for_and_its_guesses_are_few(tmp_path, upstream):
    guarded = settings(upstream, STUDIO_ACCESS_CODE="open sesame", STUDIO_VISITOR_DAILY="9")
    with running_app(tmp_path, **guarded) as app:
        clip = file_data(RawPage(app.url).upload("clip.mp4", CLIP))
        source = visitor()
        told = edit(app, clip, source)
        assert told["problems"][0]["field"] == "access_code" and "Nothing was spent" in told["error"]
        assert edit(app, clip, source, code="open sesame")["stage"] == "COMPLETED"
        assert edit(app, clip, source)["stage"] == "FAILED"  # a program gives it every time
        page = RawPage(app.url).another(source=visitor())
        page.headers = bearer(cookie_of(app, page.source))
        start = [page.visitor, "segmind", "", "open sesame", *form(clip)]
        assert "problem" not in str(page.values("start", start)[3])
        assert page.start(engine="segmind", video=clip, prompt="once is enough", duration=3) == {}
        guesser = visitor()
        guessed = [edit(app, clip, guesser, code=f"guess {at}")["error"] for at in range(7)]
        assert "not the access code" in guessed[4] and "Too many wrong access codes" in guessed[5]
        assert "Too many" in edit(app, clip, guesser, code="open sesame")["error"]
        assert "open sesame" not in app.log and "guess" not in app.log


def test_free_edits_are_rationed_and_the_page_says_so(app, clip):
    source = visitor()
    page = RawPage(app.url).another(source=source)
    with ThreadPoolExecutor(8) as threads:
        said = list(
            threads.map(
                lambda at: page.start(engine="preview", video=clip, prompt=f"winter {at}", duration=3),
                range(8),
            )
        )
    refused = [one for one in said if one]
    assert len(refused) == 5 and all("free edits of yours" in str(one) for one in refused)
    until(lambda: all(job["tone"] == "good" for job in page.history()), 120)
    assert page.start(engine="preview", video=clip, prompt="now it fits", duration=3) == {}


def test_uploads_of_an_address_are_rationed(tmp_path, upstream):
    with running_app(tmp_path, **settings(upstream, STUDIO_UPLOAD_GB_HOURLY="0.002")) as app:
        greedy, other = visitor(), visitor()

        def upload(source: str) -> tuple[int, str]:
            headers, body = multipart(b"x" * 600_000)
            answer = ask(app.url, "POST", "/gradio_api/upload", headers, body, source=source)
            return answer.status, answer.text

        codes = [upload(greedy) for _ in range(5)]
        assert [code for code, _ in codes] == [200, 200, 200, 429, 429]
        assert "0.002 GB" in codes[-1][1] and "Nothing was spent" in codes[-1][1]
        assert upload(other)[0] == 200


def test_an_upload_of_another_browser_is_not_found(app, clip):
    page = RawPage(app.url)
    anna, ben = (page.another(source=visitor()) for _ in "ab")
    for one in (anna, ben):
        one.headers = bearer(cookie_of(app, one.source))
    headers, body = multipart(CLIP + b"Anna's", "secret.mp4")
    path = ask(app.url, "POST", "/gradio_api/upload", headers | anna.headers, body).json()[0]

    def seen(headers: dict | None) -> int:
        return ask(app.url, "GET", f"/gradio_api/file={path}", headers).status

    assert (seen(anna.headers), seen(ben.headers), seen(None)) == (200, 404, 404)
    assert "neither a file" in ben.start(video=file_data(path), duration=3)["video"]
    told = ben.post("look", ["preview", "", *fields(video=file_data(path))])[-1]["output"]["data"]
    assert "neither a file" in str(told) and "1280" not in str(told)
    assert "neither a file" in edit(app, file_data(path), ben.source)["error"]
    assert anna.start(video=file_data(path), duration=3) == {}
    # Whoever has the content has it; what a program uploads is open to whoever knows its path.
    ask(app.url, "POST", "/gradio_api/upload", headers | ben.headers, body)
    assert (seen(anna.headers), seen(ben.headers), seen(None)) == (200, 200, 404)
    assert ask(app.url, "GET", f"/gradio_api/file={clip['path']}", ben.headers).status == 200
