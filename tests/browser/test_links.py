"""Links that fill the form, and the link to the form as it is."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.pages import choose_example, describe, open_fold, upload_clip

HOSTILE = "snow <script>alert(1)</script> \"and\" 'more' & 100% + #1 雪"


@pytest.fixture
def clipboard(browser, studio):
    """A context whose pages may read what was copied."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=studio.url)
    yield context
    context.close()


def copied(page) -> str:
    page.get_by_role("button", name="Copy link to this form").click()
    expect(page.locator("#copy-link")).to_contain_text("Copied")
    return page.evaluate("navigator.clipboard.readText()")


def test_a_link_fills_the_form_with_exactly_its_text_and_starts_nothing(new_page, studio):
    asked = {"prompt": HOSTILE, "mode": "std", "duration": "7", "aspect_ratio": "1:1", "keep_audio": "true"}
    address = "https://example.com/clip.mp4?a=b&c=d"
    posts: list[str] = []
    page = new_page(f"{studio.url}/?{urlencode(asked | {'video_url': address, '__theme': 'dark'})}")
    page.on("request", lambda request: posts.append(request.url) if "/upload" in request.url else None)
    expect(page.locator("#prompt textarea")).to_have_value(HOSTILE)
    expect(page.locator("#clip-url").locator("input, textarea")).to_have_value(address)
    open_fold(page, "Options")
    expect(page.get_by_label("Standard, faster and cheaper")).to_be_checked()
    expect(page.get_by_label("1:1 square")).to_be_checked()
    expect(page.locator("#duration input[type=number]")).to_have_value("7")
    expect(page.get_by_label("Keep the sound of the clip")).to_be_checked()
    expect(page.locator("#link-note p")).to_have_count(0)
    expect(page.locator("#progress .progress")).to_be_hidden()
    assert page.evaluate("document.body.classList.contains('dark')") and posts == []
    assert dict(parse_qsl(urlsplit(page.url).query)) == {"__theme": "dark"}
    # What is typed now outlives a reload; the link does not come back over it.
    describe(page, "something else")
    page.wait_for_function("JSON.parse(sessionStorage.studio_draft || '{}').prompt === 'something else'")
    page.reload()
    expect(page.locator("#prompt textarea")).to_have_value("something else")


def test_what_a_link_asks_for_and_cannot_be_is_left_out_and_said(new_page, studio):
    page = new_page(
        f"{studio.url}/?prompt=snow&duration=99&mode=turbo&colour=red&video_url=file:///etc/passwd"
    )
    note = page.locator("#link-note")
    for words in (
        "duration “99” (3 to 15 seconds)",
        "mode “turbo” (pro or std)",
        "“colour”",
        "file:///etc/passwd",
    ):
        expect(note).to_contain_text(words)
    expect(page.locator("#prompt textarea")).to_have_value("snow")
    expect(page.locator("#clip-url").locator("input, textarea")).to_have_value("")


def test_a_link_that_only_has_unknown_names_leaves_the_draft_alone(new_page, studio, clipboard):
    page = new_page(studio.url, context=clipboard)
    describe(page, "my own words")
    page.wait_for_function("JSON.parse(sessionStorage.studio_draft || '{}').prompt === 'my own words'")
    page.goto(f"{studio.url}/?colour=red")
    expect(page.locator("#link-note")).to_contain_text("“colour”")
    expect(page.locator("#prompt textarea")).to_have_value("my own words")


def test_the_form_becomes_a_link_that_fills_it_again(new_page, studio, clipboard):
    page = new_page(studio.url, context=clipboard)
    choose_example(page, "mountains")
    describe(page, HOSTILE)
    link = copied(page)
    assert dict(parse_qsl(urlsplit(link).query))["example"] == "mountains"
    other = new_page(link)
    expect(other.locator("#prompt textarea")).to_have_value(HOSTILE)
    expect(other.locator("#clip video")).to_be_visible()
    expect(other.get_by_text("@Image1").first).to_be_visible()
    assert other.locator("#progress .progress").is_hidden()


def test_a_link_says_what_of_the_form_is_not_in_it(new_page, studio, clipboard):
    page = new_page(studio.url, context=clipboard)
    upload_clip(page)
    describe(page, "snow")
    link = copied(page)
    expect(page.locator("#copy-link")).to_have_text("Copied, without the clip")
    assert "person_park" not in link and "gradio" not in link
    describe(page, "雪" * 2500)
    expect(page.locator("#prompt-tools")).to_contain_text("2,500 / 2,500")
    page.get_by_role("button", name="Cop").last.click()
    expect(page.locator("#copy-link")).to_have_text("The prompt is too long for a link")


def test_an_example_that_is_not_there_is_said(new_page, studio):
    page = new_page(f"{studio.url}/?example=nobody&prompt=snow")
    expect(page.locator("#link-note")).to_contain_text("example “nobody” (there is no such example)")
    expect(page.locator("#prompt textarea")).to_have_value("snow")


def test_a_share_that_was_taken_back_leaves_its_words(new_page, studio):
    page = new_page(f"{studio.url}/?prompt=snow&share={'a' * 22}")
    expect(page.locator("#link-note")).to_contain_text("not there any more")
    expect(page.locator("#prompt textarea")).to_have_value("snow")
