"""What a browser engine does for a test, however it is driven."""

import io
import json
import subprocess
from abc import ABC, abstractmethod

from PIL import Image

from tests.support.waiting import until

SIZE = (1280, 900)
"""Width and height of the window."""
_KEYS = {"ArrowLeft": "\ue012", "ArrowRight": "\ue014", "Home": "\ue011", "End": "\ue010"}

_CENTRE = """(() => {
  const one = document.querySelector(%s);
  if (!one || one.disabled) return null;
  one.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
  const box = one.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2].map(Math.round);
  const top = document.elementFromPoint(x, y);
  return box.width && top && (one.contains(top) || top.contains(one)) ? [x, y] : null;
})()"""
"""Where an element can be clicked: brought into sight, enabled, and under nothing else."""


def end(process: subprocess.Popen) -> None:
    """Ends a process that a test started, by asking first."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Engine(ABC):
    """One page in one browser. Scripts are expressions, which may be promises; values go through JSON."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    @abstractmethod
    def open(self, url: str) -> None: ...

    @abstractmethod
    def _run(self, promise: str) -> str:
        """What a promise of a string brings."""

    @abstractmethod
    def _png(self) -> bytes: ...

    @abstractmethod
    def _perform(self, actions: list[dict]) -> None: ...

    def evaluate(self, script: str) -> object:
        return json.loads(self._run(f"Promise.resolve({script}).then(value => JSON.stringify(value ?? null))"))

    def wait_for(self, script: str, seconds: float = 30) -> object:
        """The first true value of a script."""
        return until(lambda: self.evaluate(script), seconds, every=0.1)

    def click(self, selector: str, seconds: float = 30) -> None:
        x, y = self.wait_for(_CENTRE % json.dumps(selector), seconds)
        move = {"type": "pointerMove", "x": x, "y": y, "duration": 0}
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        self._perform([{"type": "pointer", "id": "mouse", "actions": [move, down, up]}])

    def press(self, key: str) -> None:
        value = _KEYS[key]
        strokes = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self._perform([{"type": "key", "id": "keyboard", "actions": strokes}])

    def screenshot(self) -> Image.Image:
        return Image.open(io.BytesIO(self._png())).convert("RGB")
