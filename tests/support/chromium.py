"""The browser that tests, benches and pictures are made with."""

import ctypes
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
_PR_CAPBSET_DROP, _CAP_SYS_NICE = 24, 23


def _program() -> str | None:
    """The Chromium that tests/run found; None: the one that playwright brought."""
    return os.environ.get("STUDIO_CHROMIUM") or shutil.which("chromium") or None


def _shell() -> str | None:
    """The same Chromium without its windows and menus, where it is installed (playwright's own choice of what
    it brought): a page takes 1.4 seconds of a processor instead of 2.6."""
    return shutil.which("chromium-headless-shell") or _program()


def profile(browser: Browser, folder: Path, preferences: dict[str, Any], **options: Any) -> BrowserContext:
    """A window of a Chromium like `browser`, kept in `folder`, that somebody has set up: `preferences` are
    those of the browser's own settings."""
    (folder / "Default").mkdir(parents=True)
    (folder / "Default" / "Preferences").write_text(json.dumps(preferences))
    start = browser.browser_type.launch_persistent_context
    return start(folder, executable_path=_program(), args=_ARGUMENTS, **options)


@contextmanager
def chromium(*, whole: bool = False) -> Iterator[Browser]:
    """A headless Chromium: the one that tests/run found, else the one that playwright brought. `whole`: the
    browser that people have, for figures.

    Run by root, as in many containers, Chromium gives its sound threads real-time priority (SCHED_RR);
    without a sound device such a thread may spin, and then nothing else gets the machine: neither the app
    nor the clock that should end the test. So nothing that this process starts from now on may raise its
    own priority."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_SYS_NICE, 0, 0, 0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_program() if whole else _shell(), args=_ARGUMENTS
        )
        yield browser
        browser.close()
