"""Hints stand above the button before the press: what the prompt leaves out, what becomes of a picture, and
what may be refused."""

from PIL import Image
from playwright.sync_api import expect

from tests.support.pages import open_fold

SMALL = (200, 150)


def test_pictures_have_their_hints_before_the_press(studio, new_page, tmp_path):
    files = []
    for number in range(5):
        files.append(tmp_path / f"{number}.png")
        Image.new("RGB", SMALL, (40 * number, 90, 120)).save(files[-1])
    page = new_page(studio.url)
    open_fold(page, "Pictures to use")
    page.locator("#references .images input[type=file]").set_input_files(files[:1])
    hints = page.locator("#hints")
    expect(hints).to_contain_text("The prompt does not mention @Image1")
    expect(hints).to_contain_text("200x150")
    expect(hints).not_to_contain_text("may be refused")
    page.locator("#references .images input[type=file]").set_input_files(files[1:])
    expect(hints).to_contain_text("may be refused")
    page.locator("#prompt textarea").fill("Put @Image1 behind her, with @Image2 @Image3 @Image4 and @Image5")
    expect(hints).not_to_contain_text("does not mention")
    box, button = hints.bounding_box(), page.locator("#edit-button").bounding_box()
    assert box["height"] > 0 and box["y"] + box["height"] <= button["y"]
