"""Bad input: a sentence beside the field, nothing sent, nothing typed lost."""

from playwright.sync_api import expect

from tests.support.pages import describe, open_fold, press_edit, said, stage, upload_clip
from tests.support.studio_app import KEY


def test_an_empty_prompt_and_no_clip_are_both_said_at_once(studio, new_page):
    page = new_page(studio.url)
    press_edit(page)
    expect(said(page, "prompt")).to_contain_text("The prompt is empty")
    expect(said(page, "video")).to_contain_text("No clip")
    expect(stage(page)).to_be_hidden()


def test_a_missing_element_is_flagged_while_typing_and_on_pressing(studio, new_page):
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, "Put @Element2 on the dune")
    expect(page.locator("#prompt-tools")).to_contain_text("@Element2 is not given yet")
    press_edit(page)
    expect(said(page, "prompt")).to_contain_text("@Element2")
    expect(page.locator("#prompt textarea")).to_have_value("Put @Element2 on the dune")
    expect(page.locator("#clip video")).to_be_visible()


def test_a_text_file_called_mp4_is_said_to_be_none(studio, new_page, tmp_path):
    page = new_page(studio.url)
    fake = tmp_path / "holiday.mp4"
    fake.write_text("not a video " * 100)
    describe(page, "Make it winter")
    page.locator("#clip input[type=file]").set_input_files(str(fake))
    expect(page.locator("#clip-report .problem")).not_to_be_empty(timeout=15_000)
    expect(page.locator("#prompt textarea")).to_have_value("Make it winter")


def test_a_malformed_key_is_refused_before_anything_is_sent(studio, new_page):
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, "Make it winter")
    open_fold(page, "Engine and key")
    page.locator("#key input").fill("my password")
    page.locator("#key input").blur()
    expect(page.locator("#hints")).to_contain_text("no Segmind key, so the free engine is used")
    expect(page.get_by_label("Preview engine, free")).to_be_checked()
    page.get_by_label("Kling O3 on Segmind").check()
    press_edit(page)
    expect(said(page, "key")).to_contain_text("does not look like a Segmind key")
    expect(stage(page)).to_be_hidden()


def test_a_key_is_never_kept_by_the_browser(studio, new_page):
    page = new_page(studio.url)
    open_fold(page, "Engine and key")
    page.locator("#key input").fill(KEY)
    page.locator("#key input").blur()
    expect(page.locator("#offer")).to_contain_text("Kling O3 on Segmind")
    expect(page.locator("#offer")).to_contain_text("$2.10")
    kept = page.evaluate(
        "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])"
    )
    assert KEY not in kept
    page.reload()
    page.wait_for_selector("#edit-button")
    expect(page.locator("#offer")).to_contain_text("free")
