"""Why an edit failed at the engine is said at the fields concerned; its own words are in a fold."""

from playwright.sync_api import expect

from tests.support.fake_job import JobPlan
from tests.support.pages import describe, press_edit, said, upload_clip, wait_for_stage

LONG = "The scene " + "is far too busy for this model, " * 12 + "says <kling>."
LOCATED = [
    {"loc": ["body", "video_url"], "msg": "The clip has no frames."},
    {"loc": ["body", "prompt"], "msg": LONG},
]


def test_a_list_of_reasons_reaches_its_fields_and_the_fold(paid, new_page):
    app, upstream = paid
    upstream.next_jobs.append(JobPlan("FAILED", LOCATED, durations=(0.2, 0.5)))
    page = new_page(app.url, viewport={"width": 390, "height": 844})
    upload_clip(page)
    describe(page, "Make it winter")
    press_edit(page)
    wait_for_stage(page, "FAILED")
    expect(page.get_by_test_id("status")).to_contain_text("Nothing was charged.")
    expect(page.locator("#clip div.validation-error")).to_contain_text("The clip has no frames.")
    expect(page.locator("#prompt div.validation-error")).to_contain_text("Segmind says of the prompt")
    expect(said(page, "prompt")).to_contain_text("far too busy")
    expect(page.locator("#problems")).not_to_contain_text("Nothing was sent")
    words = page.locator("#progress details.quoted")
    expect(words.locator("blockquote")).to_be_hidden()
    words.get_by_text("What Segmind said").click()
    expect(words.locator("blockquote")).to_contain_text("says <kling>.")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
