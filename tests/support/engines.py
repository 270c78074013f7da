"""One page in one browser engine, with the same few operations for Chromium, Firefox and WebKit.

Playwright brings engines of its own, patched for it; a visitor's Firefox and WebKit are driven here through
what they speak themselves (`firefox.py`, `webkit.py`). Chromium is the one that all other tests use."""

import io
import json
import subprocess
from abc import ABC, abstractmethod
from typing import ClassVar

from PIL import Image
from playwright.sync_api import Browser

from tests.support.waiting import until

PARTS = {
    "example": "[data-testid=example-winter]",
    "prompt": "#prompt textarea",
    "clip": "#clip video",
    "edit": "#edit-button",
    "begun": "#progress .progress[data-stage]",
    "completed": "#progress .progress[data-stage=COMPLETED]",
    "before": "#stage video.before",
    "after": "#stage video.after",
    "line": "#stage .bar[role=slider]",
}
"""Every selector of the tests with three engines."""

SIZE = (1280, 900)
"""Width and height of the window."""

_CENTRE = """(async () => {
  const one = document.querySelector(%s);
  if (!one || one.disabled) return null;
  one.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
  const centre = () => {
    const box = one.getBoundingClientRect();
    return box.width ? [box.left + box.width / 2, box.top + box.height / 2].map(Math.round) : [-1, -1];
  };
  const [x, y] = centre();
  await new Promise(done => setTimeout(done, 60));
  const hit = document.elementFromPoint(x, y);
  return String(centre()) === String([x, y]) && one.contains(hit) ? [x, y] : null;
})()"""
"""Where an element can be clicked once it is enabled, in sight, still, and under nothing else; else null."""


def end(process: subprocess.Popen) -> None:
    """Ends a process that a test started: asks it first, then kills it."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Engine(ABC):
    """One page. Scripts are JavaScript expressions, which may be promises; their values go through JSON."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        """Errors of the page's scripts and console, where the engine tells them (WebKit's does not)."""

    @abstractmethod
    def open(self, url: str) -> None: ...

    @abstractmethod
    def _run(self, promise: str) -> str:
        """The string that a promise brings."""

    @abstractmethod
    def _click_at(self, x: int, y: int) -> None: ...

    @abstractmethod
    def press(self, key: str) -> None:
        """A key by its name in a KeyboardEvent."""

    @abstractmethod
    def _png(self) -> bytes: ...

    def evaluate(self, script: str) -> object:
        return json.loads(
            self._run(f"Promise.resolve({script}).then(value => JSON.stringify(value ?? null))")
        )

    def wait_for(self, script: str, seconds: float = 30) -> object:
        """The first true value of a script."""
        try:
            return until(lambda: self.evaluate(script), seconds, every=0.1)
        except AssertionError as late:
            raise AssertionError(f"not true within {seconds} s: {script}") from late

    def click(self, selector: str, seconds: float = 30) -> None:
        self._click_at(*self.wait_for(_CENTRE % json.dumps(selector), seconds))

    def screenshot(self) -> Image.Image:
        """What the window shows, in CSS pixels: all engines run without scaling."""
        return Image.open(io.BytesIO(self._png())).convert("RGB")


class Chromium(Engine):
    """A page of the Chromium that tests/support/chromium.py starts, driven by Playwright."""

    def __init__(self, browser: Browser) -> None:
        super().__init__()
        self._page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        self._page.on("pageerror", lambda error: self.faults.append(str(error)))
        self._page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    def open(self, url: str) -> None:
        self._page.goto(url)

    def _run(self, promise: str) -> str:
        return self._page.evaluate(promise)

    def _click_at(self, x: int, y: int) -> None:
        self._page.mouse.click(x, y)

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)

    def _png(self) -> bytes:
        return self._page.screenshot()

    def close(self) -> None:
        self._page.context.close()


class WebDriverEngine(Engine):
    """An engine that takes WebDriver's input actions, which the classic protocol and BiDi share."""

    _KEYS: ClassVar = {"ArrowLeft": "\ue012", "ArrowRight": "\ue014"}

    @abstractmethod
    def _perform(self, actions: list[dict]) -> None: ...

    def _click_at(self, x: int, y: int) -> None:
        move = {"type": "pointerMove", "x": x, "y": y, "duration": 0}
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self._perform([{"type": "pointer", "id": "mouse", "actions": [move, down, up]}])

    def press(self, key: str) -> None:
        strokes = [{"type": stroke, "value": self._KEYS[key]} for stroke in ("keyDown", "keyUp")]
        self._perform([{"type": "key", "id": "keyboard", "actions": strokes}])
