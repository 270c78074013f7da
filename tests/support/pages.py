"""The page's parts by the names that a person would use."""

from playwright.sync_api import Page, expect

from tests.support.studio_app import CLIPS

USUAL: dict = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
"""The profile of a page. It asks for less motion, so that videos play only when a test has them play: two
that are drawn by the processor are most of what a page costs."""
USUAL_CLIP = "person_park_1280x720.mp4"
"""Five seconds in a shape that the model takes: nothing of it has to be written anew."""
MOTION = {"reduced_motion": "no-preference"}
"""For a test in which the page's videos play by themselves."""
PLAYS = """async video => {
  video.muted = true;
  await Promise.race([video.play(), new Promise(r => setTimeout(r, 20000))]);
  // Counted step by step: a short clip that starts again has an earlier time than a moment ago.
  let moved = 0, at = video.currentTime;
  const until = performance.now() + 8000;
  while (performance.now() < until && moved < 0.3) {
    await new Promise(r => setTimeout(r, 50));
    moved += Math.max(0, video.currentTime - at);
    at = video.currentTime;
  }
  return {moved, width: video.videoWidth, height: video.videoHeight,
          error: video.error && video.error.code};
}"""


def choose_example(page: Page, name: str) -> None:
    page.get_by_test_id(f"example-{name}").click()
    expect(page.locator("#prompt textarea")).not_to_have_value("")
    expect(page.locator("#clip video")).to_be_visible(timeout=15_000)


def upload_clip(page: Page, name: str = USUAL_CLIP) -> None:
    page.locator("#clip input[type=file]").set_input_files(str(CLIPS / name))
    expect(page.locator("#clip video")).to_be_visible(timeout=15_000)


def choose_quick(page: Page) -> None:
    """The smaller and shorter edit, for tests in which the size is not the point."""
    open_fold(page, "Options")
    page.get_by_label("Standard, faster and cheaper").check()
    page.locator("#duration input[type=number]").fill("3")
    page.locator("#duration input[type=number]").blur()


def open_fold(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def said(page: Page, name: str):
    """What is said beside the button about the field `name`."""
    return page.locator(f"#problems [data-field={name}]")


def describe(page: Page, prompt: str) -> None:
    page.locator("#prompt textarea").fill(prompt)


def press_edit(page: Page) -> None:
    page.locator("#edit-button").click()


def stage(page: Page):
    """The progress panel, whose data-stage attribute is the job's stage."""
    return page.locator("#progress .progress")


def wait_for_stage(page: Page, name: str, seconds: float = 150) -> None:
    expect(stage(page)).to_have_attribute("data-stage", name, timeout=seconds * 1000)


def edited_video_plays(page: Page) -> dict:
    return page.locator("#stage video.after").evaluate(PLAYS)
