"""Browsers as they are: storage blocked, autoplay refused, no full screen, high contrast, zoomed in, a touch
screen."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.pages import (
    MOTION,
    USUAL,
    choose_example,
    choose_quick,
    describe,
    open_fold,
    press_edit,
    wait_for_stage,
)

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
NO_STORAGE = """for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, {configurable: true,
    get() { throw new DOMException('Access is denied for this document.', 'SecurityError'); }});"""
NO_AUTOPLAY = """const play = HTMLMediaElement.prototype.play;
let pressed = false;
for (const kind of ['pointerdown', 'keydown'])
  addEventListener(kind, event => { pressed ||= event.isTrusted; }, true);
HTMLMediaElement.prototype.play = function () {
  return pressed ? play.call(this)
    : Promise.reject(new DOMException('play() failed: no gesture', 'NotAllowedError'));
};"""
"""By hand, since what Playwright does to a page counts as a visitor's gesture."""
NO_FULL_SCREEN = "delete Element.prototype.requestFullscreen;"
NO_VIDEO_FULL_SCREEN = "delete HTMLVideoElement.prototype.webkitEnterFullscreen;"
VIDEO_FULL_SCREEN = """HTMLVideoElement.prototype.webkitEnterFullscreen =
  function () { window.wentFull = this.className; };"""
SMALL_TARGETS = """() => [...document.querySelectorAll(
    'button, a[href], input, select, textarea, summary, [role=slider], [role=tab]')]
  .filter(one => one.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .map(one => /radio|checkbox/.test(one.type) && one.closest('label') || one)
  .map(one => ({one, box: one.getBoundingClientRect()}))
  .filter(({box}) => box.width && Math.round(Math.min(box.width, box.height)) < 40)
  .map(({one, box}) => `${one.tagName} ${one.ariaLabel || one.textContent.trim() || one.className} `
    + `${Math.round(box.width)}x${Math.round(box.height)}`)"""

CLIPPED = """node => { const own = node.getBoundingClientRect();
  return node.scrollWidth > node.clientWidth || own.height < 14
    || own.bottom > node.closest('.example').getBoundingClientRect().bottom + 1; }"""
OUTSIDE = """node => { const edge = node.getBoundingClientRect().right + 1;
  return [...node.querySelectorAll('*')].filter(one => one.checkVisibility())
    .filter(one => one.getBoundingClientRect().right > edge).map(one => one.outerHTML.slice(0, 80)); }"""


@pytest.fixture
def page_with(browser, new_page):
    """`page_with(url, *scripts, **options)`: a page before whose own scripts `scripts` have run."""
    contexts = []

    def open_page(url: str, *scripts: str, **options) -> Page:
        context = browser.new_context(**USUAL | options)
        contexts.append(context)
        for script in scripts:
            context.add_init_script(script)
        return new_page(url, context=context)

    yield open_page
    for context in contexts:
        context.close()


def test_with_storage_blocked_an_edit_runs_and_the_page_says_it_remembers_nothing(studio, page_with):
    page = page_with(studio.url, NO_STORAGE)
    expect(page.get_by_text("This browser keeps nothing for this page")).to_be_visible()
    choose_example(page, "winter")
    choose_quick(page)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    page.get_by_role("tab", name="My edits").click()
    expect(page.locator("#history article")).to_have_count(1)


def test_with_autoplay_refused_one_press_plays(studio, page_with):
    page = page_with(studio.url, NO_AUTOPLAY, **MOTION)
    play = page.locator("#stage .play")
    page.wait_for_function("document.querySelector('#stage video.after').readyState > 2")
    expect(play).to_have_attribute("aria-label", "Play")
    assert page.locator("#stage video.after").evaluate("video => video.paused")
    play.click()
    expect(play).to_have_attribute("aria-label", "Pause")
    page.wait_for_function("""['before', 'after'].every(name =>
      document.querySelector(`#stage video.${name}`).currentTime > 0.1)""")


def test_full_screen_is_offered_where_there_is_one(studio, page_with):
    page = page_with(studio.url, NO_FULL_SCREEN, NO_VIDEO_FULL_SCREEN)
    expect(page.locator("#stage .play")).to_be_visible()
    expect(page.get_by_role("button", name="Full screen")).to_be_hidden()
    page = page_with(studio.url, NO_FULL_SCREEN, VIDEO_FULL_SCREEN)
    page.get_by_role("button", name="Full screen").click()
    assert page.evaluate("window.wentFull") == "after"


def test_the_keyboard_stays_where_it_was(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    choose_quick(page)
    describe(page, "Make it autumn")
    prompt = page.locator("#prompt textarea")
    prompt.focus()
    prompt.evaluate("area => area.setSelectionRange(4, 7)")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#progress .progress")).to_be_visible()
    wait_for_stage(page, "COMPLETED")
    expect(prompt).to_be_focused()
    assert prompt.evaluate("area => [area.selectionStart, area.selectionEnd]") == [4, 7]
    expect(prompt).to_have_value("Make it autumn")

    describe(page, "Make it spring")
    press_edit(page)
    expect(page.locator("#progress .progress")).to_be_focused()
    wait_for_stage(page, "COMPLETED")
    assert page.evaluate("document.activeElement !== document.body")


def test_what_changes_by_itself_is_not_translated(studio, new_page):
    page = new_page(studio.url)
    expect(page.locator("#edit-button")).to_have_attribute("translate", "no")
    for part in ("#offer", "#progress", "#stage .play", "#stage .sound"):
        assert page.locator(part).evaluate("node => Boolean(node.closest('[translate=no]'))"), part
    for prompt in ("#prompt textarea", "#stage .caption"):
        assert page.locator(prompt).get_attribute("dir") == "auto", prompt


def test_forced_colours_leave_a_visible_button(studio, new_page):
    page = new_page(studio.url, forced_colors="active")
    button, ground = page.locator("#edit-button"), page.locator("body")
    style = (
        "node => { const s = getComputedStyle(node); return [s.backgroundColor, s.color, s.borderWidth]; }"
    )
    back, text, border = button.evaluate(style)
    assert back != text and back != ground.evaluate(style)[0] and border != "0px"


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 683, "height": 384}, "device_scale_factor": 2},
        {"viewport": {"width": 560, "height": 700}},
        {"viewport": {"width": 760, "height": 700}},
    ],
    ids=["zoomed to 200 %", "560 px", "760 px"],
)
def test_the_examples_have_their_names_at_every_width(studio, new_page, options):
    page = new_page(studio.url, **options)
    names = page.locator("#examples .example b")
    expect(names).to_have_count(6)
    for name in names.all():
        expect(name).to_be_visible()
        assert not name.evaluate(CLIPPED), name.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_endless_word_stays_in_its_panel(studio, new_page):
    page = new_page(studio.url, viewport={"width": 390, "height": 844})
    choose_example(page, "winter")
    choose_quick(page)
    word = "winter" + "x" * 394
    describe(page, word)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    for panel in ("#progress .progress", "#stage", "#form-column"):
        assert page.locator(panel).evaluate(OUTSIDE) == [], panel
    page.get_by_role("tab", name="My edits").click()
    card = page.locator("#history article").first
    expect(card).to_contain_text("winterxxx")
    assert card.evaluate(OUTSIDE) == []
    assert card.locator(".prompt").get_attribute("dir") == "auto"
    page.get_by_role("tab", name="Edit", exact=True).click()
    page.get_by_role("button", name="Clear").click()
    page.locator("#clip-url :is(input, textarea)").fill("ftp://" + "x" * 394)
    press_edit(page)
    expect(page.locator("#problems")).to_be_visible()
    assert page.locator("#form-column").evaluate(OUTSIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_touch_screen_everything_is_large_enough_to_touch(studio, new_page):
    page = new_page(studio.url, **PHONE)
    for fold in ("Engine and key", "Clip details and framing", "Pictures to use", "Options"):
        open_fold(page, fold)
    page.get_by_role("button", name="Add an element").click()
    page.get_by_role("button", name="Light", exact=True).click()
    expect(page.locator("#shot-type")).to_be_visible()
    found = {"Edit": page.evaluate(SMALL_TARGETS)}
    choose_example(page, "winter")
    page.get_by_label("Standard, faster and cheaper").check()
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    expect(page.locator("#download-video")).to_be_visible()
    found["a result"] = page.evaluate(SMALL_TARGETS)
    for tab in ("Compare", "My edits", "Code"):
        page.get_by_role("tab", name=tab).click()
        if tab == "My edits":
            expect(page.locator("#history article")).to_have_count(1)
            open_fold(page, "Follow a request by its id")
        page.locator({"Compare": "#compare-1", "My edits": "#follow-button", "Code": "#code"}[tab]).wait_for()
        found[tab] = page.evaluate(SMALL_TARGETS)
    assert found == {name: [] for name in found}


def test_on_a_touch_screen_nothing_speaks_of_dropping(studio, new_page):
    page = new_page(studio.url, **PHONE)
    expect(page.locator("#clip")).not_to_contain_text("Drop")
    expect(page.locator("#clip")).to_contain_text("Upload")
    assert page.locator("#clip [aria-label*=Drop]").count() == 0
    choose_example(page, "winter")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#clip")).to_contain_text("Upload")
    expect(page.locator("#clip")).not_to_contain_text("Drop")
