"""Markup and templates, written into every text that the page shows: text everywhere, none of it runs."""

import contextlib
import shutil
from urllib.parse import quote

import pytest
from playwright.sync_api import Dialog, Error, Page, Request, Route, expect

from tests.support.fake_job import JobPlan
from tests.support.fake_upstream import FakeUpstream
from tests.support.old_edits import add_old_edits
from tests.support.pages import describe, open_fold, press_edit, stage, upload_clip, wait_for_stage
from tests.support.raw_events import RawPage
from tests.support.studio_app import CLIPS, KEY, REFS, running_app
from tests.support.waiting import until

TAGS = '<img src=x onerror="window.__owned=1" class=injected><svg onload=window.__owned=2 class=injected>'
TEMPLATES = (
    "${window.__owned=3} {{window.__owned=4}} {{constructor.constructor('window.__owned=5')()}} <%= 7*7 %>"
)
CLOSING = "</script><script class=injected>window.__owned=6</script></textarea></style><b class=injected>"
LINKS = "[a](javascript:window.__owned=7) '\"><a href=javascript:window.__owned=8 class=injected>x</a>"
HOSTILE = f"{TAGS} {TEMPLATES} {CLOSING} {LINKS}"
NAMED = "<img src=x onerror=window.__owned=9 class=injected>${window.__owned=10}{{7*7}}'\"`"
"""A name of a file, in which no slash can stand."""
INJECTED = """() => [...document.querySelectorAll(
    '.injected, [onerror], [onload], [src=x], [href^="javascript:"]')].map(one => one.outerHTML)"""


class HostileUpstream(FakeUpstream):
    """Everything that it says in words is hostile."""

    def status_body(self, job) -> tuple[int, dict]:
        return self._with_plan(super().status_body(job))

    def result_body(self, job) -> tuple[int, dict]:
        return self._with_plan(super().result_body(job))

    def _with_plan(self, answer: tuple[int, dict]) -> tuple[int, dict]:
        words = [HOSTILE, TAGS]
        said = dict.fromkeys(("understood", "fallbacks", "not_understood", "cannot"), words)
        answer[1]["plan"] = {"engine": HOSTILE, "summary": HOSTILE, **said}
        return answer


@pytest.fixture(scope="module")
def upstream():
    with HostileUpstream(durations=(0.2, 0.3)) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def app(upstream):
    urls = {"SEGMIND_BASE_URL": upstream.url, "SEGMIND_STORAGE_URL": upstream.url}
    with running_app(SEGMIND_API_KEY=KEY, STUDIO_DAILY_BUDGET_USD="500", **urls) as app:
        yield app


@pytest.fixture
def watched(app, new_page):
    """A page, on which no dialog may open, and no picture or page be asked for that a text names."""
    page, seen = new_page(app.url), []

    def dialog(one: Dialog) -> None:
        seen.append(one.message)
        one.dismiss()

    def request(one: Request) -> None:
        if one.resource_type != "document" and one.url.endswith(("/x", "=x")):
            seen.append(one.url)

    page.on("dialog", dialog)
    page.on("request", request)
    yield page
    nothing_ran(page)
    assert seen == []


def nothing_ran(page: Page) -> None:
    assert page.evaluate("window.__owned") is None and page.evaluate(INJECTED) == []


def hostile_files(folder) -> tuple[str, str]:
    """A clip and a picture that are called like markup."""
    clip, picture = folder / f"{NAMED}.mp4", folder / f"{NAMED}.png"
    shutil.copy(CLIPS / "dunes_966x544.mp4", clip)
    shutil.copy(REFS / "coffee_600x400.png", picture)
    return str(clip), str(picture)


def test_what_is_typed_and_chosen_is_text(watched, tmp_path):
    page, (clip, picture) = watched, hostile_files(tmp_path)
    page.locator("#clip input[type=file]").set_input_files(clip)
    expect(page.locator("#clip-report b")).to_contain_text("onerror", timeout=30_000)
    describe(page, f"@Element1 {HOSTILE} @Image9")
    open_fold(page, "Options")
    page.locator("#shot-type :is(input, textarea)").fill(HOSTILE[:200])
    open_fold(page, "Pictures to use")
    page.get_by_label("Add images: choose files").set_input_files(picture)
    page.get_by_role("button", name="Add an element").click()
    page.get_by_label("Name of element 1").fill(NAMED)
    page.get_by_test_id("element-1").get_by_label("Front view: choose files").set_input_files(picture)
    expect(page.locator("#references img")).to_have_count(2)
    expect(page.locator("#prompt-tools")).to_contain_text("@Image9")
    open_fold(page, "Engine and key")
    page.locator("#key input").fill(HOSTILE)
    page.locator("#key input").blur()
    press_edit(page)
    expect(page.locator("#problems")).not_to_be_empty()
    nothing_ran(page)
    page.get_by_role("tab", name="Code").click()
    for language in ("requests", "curl", "JavaScript"):
        page.locator("#language").get_by_text(language).first.click()
        expect(page.locator("#code")).to_contain_text("onerror")
        nothing_ran(page)
    page.reload()  # the draft that is kept in the tab
    page.get_by_role("tab", name="Edit", exact=True).click()
    expect(page.locator("#prompt textarea")).to_have_value(f"@Element1 {HOSTILE} @Image9")


def test_an_address_of_markup_is_text(watched):
    page = watched
    page.locator("#clip-url :is(input, textarea)").fill(f"http://127.0.0.1/{HOSTILE}.mp4")
    page.locator("#clip-url :is(input, textarea)").blur()
    describe(page, "Make it winter")
    press_edit(page)
    expect(page.locator("#problems")).not_to_be_empty(timeout=30_000)
    page.goto(f"{page.url.partition('?')[0]}?prompt={quote(HOSTILE)}&__theme={quote(TAGS)}#{quote(TAGS)}")
    page.wait_for_selector("#edit-button")


ESCAPED = "The scene is too dark. &lt;img src=x onerror=window.__owned=12 class=injected&gt; "
"""Markup once somebody takes the entities out."""


@pytest.mark.parametrize("told", [f"{ESCAPED} {TEMPLATES}", HOSTILE, [{"loc": ["body", TAGS], "msg": TAGS}]])
def test_what_an_engine_says_of_a_failed_edit_is_text(watched, upstream, told):
    upstream.next_jobs.append(JobPlan("FAILED", told, durations=(0.1, 0.2)))
    page = watched
    upload_clip(page)
    describe(page, HOSTILE)
    press_edit(page)
    wait_for_stage(page, "FAILED")
    if ESCAPED in told:
        expect(page.locator("#progress")).to_contain_text("{{window.__owned=4}}")
    for fold in page.locator("#progress details:not([open]) summary").all():
        fold.click()


def test_a_result_its_plan_and_its_place_in_the_list_are_text(app, watched, tmp_path):
    page, (clip, _) = watched, hostile_files(tmp_path)
    page.locator("#clip input[type=file]").set_input_files(clip)
    expect(page.locator("#clip-report b")).to_contain_text("onerror", timeout=30_000)
    describe(page, HOSTILE)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    expect(stage(page).locator(".plan")).to_contain_text("window.__owned=6")
    expect(page.locator("#stage .caption")).to_be_visible()
    nothing_ran(page)
    page.get_by_role("tab", name="My edits").click()
    expect(page.locator("#history article").first).to_contain_text("onerror")
    [(visitor,)] = app.rows("SELECT visitor FROM jobs ORDER BY created_at DESC LIMIT 1")
    add_old_edits(app, visitor, 30)
    page.reload()
    search = page.locator("#edits-search :is(input, textarea)")
    for text in (HOSTILE[:200], TAGS, f"{CLOSING} is in none"):
        search.fill(text)
        expect(page.locator("#history article")).to_have_count(0 if "none" in text else 1)
        nothing_ran(page)
    open_fold(page, "Follow a request by its id")
    page.locator("#request-id :is(input, textarea)").fill(HOSTILE)
    page.locator("#follow-button").click()
    expect(page.locator("#follow-problem")).not_to_be_empty()


def test_compared_prompts_are_text(watched):
    page = watched
    upload_clip(page)
    page.get_by_role("tab", name="Compare").click()
    for number, prompt in enumerate((HOSTILE, f"{CLOSING} {TAGS}"), start=1):
        page.locator(f"#compare-{number} textarea").fill(prompt)
    expect(page.locator("#compare-offer")).to_contain_text("2 edits")
    page.get_by_role("button", name="Edit all").click()
    expect(page.locator("#compare-grid video")).to_have_count(2, timeout=60_000)
    expect(page.get_by_test_id("cell-1")).to_contain_text("onerror")


SCRIPT = "document.documentElement.dataset.owned = 1; fetch('/gradio_api/info')"
PAGES = {
    "image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload='1'><script>{SCRIPT}</script></svg>",
    "text/html": f"<title>shown</title><body onload='1'><script>{SCRIPT}</script><img src=/favicon.ico>",
    "application/xhtml+xml": f"<html xmlns='http://www.w3.org/1999/xhtml'><script>{SCRIPT}</script></html>",
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_file_that_a_browser_takes_for_a_page_runs_nothing(app, browser, kind):
    """As if it was not given to be saved and had a type of its own: its policy alone must do."""
    path, page, asked = RawPage(app.url).upload("a.bin", PAGES[kind].encode()), browser.new_page(), []

    def shown(route: Route) -> None:
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != "content-disposition"}
        route.fulfill(response=answer, headers=headers | {"content-type": kind})

    def note(request: Request) -> None:
        asked.append(request.url)

    page.route("**/file=**", shown)
    page.on("request", note)
    page.goto(f"{app.url}/gradio_api/file={path}")
    assert page.evaluate("document.documentElement.dataset.owned") is None
    assert page.evaluate("self.origin") == "null", "a page of its own, not one of this site"
    assert [url for url in asked if "/gradio_api/info" in url] == []
    page.context.close()


@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.xhtml", "a.pdf"])
def test_a_document_is_saved_by_the_browser(app, browser, name):
    path, page = RawPage(app.url).upload(name, PAGES["text/html"].encode()), browser.new_page()
    with page.expect_download() as saved, contextlib.suppress(Error):
        page.goto(f"{app.url}/gradio_api/file={path}")
    assert saved.value.suggested_filename == name
    page.context.close()


def test_a_clip_and_a_picture_can_still_be_opened(app, browser):
    page = browser.new_page()
    path = RawPage(app.url).upload("clip.mp4", (CLIPS / "dunes_966x544.mp4").read_bytes())
    page.goto(f"{app.url}/gradio_api/file={path}")
    # No timer of a script runs in a sandbox, so it is looked at from outside.
    page.locator("video").evaluate("video => { video.muted = true; video.play(); }")
    until(lambda: page.locator("video").evaluate("video => video.currentTime") > 0.2, 20)
    path = RawPage(app.url).upload("a.png", (REFS / "coffee_600x400.png").read_bytes())
    page.goto(f"{app.url}/gradio_api/file={path}")
    assert page.locator("img").evaluate("image => image.naturalWidth") == 600
    page.context.close()
