"""A whole edit in the three browser engines: choose an example, press, watch, move the line.

What a script says of a video does not tell whether it is seen: a wipe's half may stay black while its video
plays. So the pixels of both halves are looked at as well."""

import json
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.support.engines import PARTS, Chromium, Engine
from tests.support.firefox import firefox
from tests.support.waiting import until
from tests.support.webkit import WebKit, webkit

ONE = {name: f"document.querySelector({json.dumps(selector)})" for name, selector in PARTS.items()}
"""Each part as a script."""
LINE = f"Number({ONE['line']}.getAttribute('aria-valuenow'))"

SCROLLED = f"""(async () => {{
  {ONE["after"]}.scrollIntoView({{block: 'center', behavior: 'instant'}});
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}})()"""
"""The stage in sight, and painted there: WebKit scrolls in a thread of its own, so that a screenshot right
after a jump still shows the page as it was before."""


@pytest.fixture(params=["chromium", "firefox", "webkit"])
def engine(request) -> Iterator[Engine]:
    if request.param == "firefox":
        with firefox() as page:
            yield page
    elif request.param == "webkit":
        if sys.platform == "darwin":
            pytest.skip("macOS has no WebKitGTK; Safari's own driver has to be allowed by hand first")
        with webkit() as page:
            yield page
    else:
        page = Chromium(request.getfixturevalue("browser"))
        yield page
        page.close()


@pytest.mark.timeout(300)
def test_a_whole_edit(studio, engine):
    engine.open(studio.url)
    engine.click(PARTS["example"])
    engine.wait_for(f"{ONE['prompt']}.value !== '' && Boolean({ONE['clip']})")
    engine.click(PARTS["edit"])
    engine.wait_for(f"Boolean({ONE['begun']})")
    engine.wait_for(f"Boolean({ONE['completed']})", 150)
    assert engine.evaluate(f"{ONE['before']}.currentSrc !== {ONE['after']}.currentSrc")
    try:
        for name in ("before", "after"):
            _plays(engine, name)
        original, edited = _both_halves(engine, lambda left, right: _difference(left, right) > 15)
        _move_line_left(engine, 25)
        # Where the original was is the edit now; where the edit was it still is.
        _both_halves(
            engine,
            lambda left, right: _difference(original, left) > max(15, 2 * _difference(edited, right)),
        )
    except AssertionError as stopped:
        if not isinstance(engine, WebKit) or all(_goes_on(engine, name) for name in ("before", "after")):
            raise
        # Of some clips over HTTP WebKitGTK 2.50 stops after a few frames, with all of it buffered; the same
        # file goes on from a blob. The edit and the line are checked all the same.
        _move_line_left(engine, 25)
        pytest.xfail(f"WebKitGTK stopped playing: {stopped}")
    assert engine.faults == []


def _plays(engine: Engine, name: str) -> None:
    """The time of a video goes on, twice, and it has a picture."""
    video = ONE[name]
    engine.wait_for(f"{video}.videoWidth > 0 && !{video}.error")
    for _ in range(2):
        then = engine.evaluate(f"{video}.currentTime")
        engine.wait_for(f"Math.abs({video}.currentTime - {then}) > 0.2")


def _goes_on(engine: Engine, name: str) -> bool:
    try:
        _plays(engine, name)
    except AssertionError:
        return False
    return True


def _move_line_left(engine: Engine, to: int) -> None:
    """Arrow keys; after each the line is where its value says."""
    engine.evaluate(f"{ONE['line']}.focus()")
    place = engine.evaluate(LINE)
    assert place == 50 or place <= to
    while place > to:
        engine.press("ArrowLeft")
        engine.wait_for(f"{LINE} < {place}", 10)
        place = engine.evaluate(LINE)
        left, _, width, _ = engine.evaluate(_box("after"))
        line_left, _, line_width, _ = engine.evaluate(_box("line"))
        assert line_left + line_width / 2 == pytest.approx(left + width * place / 100, abs=width / 100)


def _box(name: str) -> str:
    return f"(box => [box.left, box.top, box.width, box.height])({ONE[name]}.getBoundingClientRect())"


def _both_halves(engine: Engine, wanted: Callable[[np.ndarray, np.ndarray], bool]) -> list[np.ndarray]:
    """The pixels left and right of the stage's middle, once neither is black or of one colour and they are as
    wanted. The rims are left out: names and handles lie there.

    Looked for, not taken at once: a video of WebKit is empty from a jump in time to its next picture."""
    engine.evaluate(SCROLLED)
    seen: list[np.ndarray] = []

    def shown() -> bool:
        left, top, width, height = engine.evaluate(_box("after"))
        picture = np.asarray(engine.screenshot(), np.float32)
        rows = picture[round(top + 0.2 * height) : round(top + 0.9 * height)]
        seen[:] = [
            rows[:, round(left + a * width) : round(left + b * width)] for a, b in ((0.3, 0.45), (0.55, 0.7))
        ]
        return all(band.mean() > 30 and band.std() > 5 for band in seen) and wanted(*seen)

    try:
        until(shown, 45, every=0.1)
    except AssertionError as late:
        told = [f"{band.mean():.0f} with a spread of {band.std():.0f}" for band in seen]
        raise AssertionError(
            f"a half of the wipe shows no picture, or a wrong one: left and right are {' and '.join(told)}"
        ) from late
    return seen


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    """How far the mean colours of two places are apart, as the largest of the three channels."""
    return float(np.abs(one.mean((0, 1)) - other.mean((0, 1))).max())
