"""WebKit (the engine of Safari) as Debian has it: WebKitGTK, driven through its own WebKitWebDriver.

WebDriver is JSON over HTTP, so that `requests` is enough. WebKitGTK has no headless mode: it gets an X server
without a screen, Xvfb."""

import base64
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.support.engines import SIZE, WebDriverEngine, end
from tests.support.studio_app import free_port
from tests.support.waiting import until

_SCRIPT_SECONDS = 60


class WebKit(WebDriverEngine):
    """One window of WebKitGTK's MiniBrowser."""

    def __init__(self, driver: str) -> None:
        super().__init__()
        self._http = requests.Session()
        self._http.trust_env = False
        self._at = driver
        self._at += "/session/" + self._post("/session", {"capabilities": {}})["sessionId"]
        self._post("/timeouts", {"script": 1000 * _SCRIPT_SECONDS})
        self._post("/window/rect", {"x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1]})

    def _answer(self, answer: requests.Response) -> object:
        value = answer.json()["value"]
        assert answer.ok, f"{answer.url}: {value}"
        return value

    def _post(self, path: str, body: dict) -> object:
        return self._answer(self._http.post(self._at + path, json=body, timeout=_SCRIPT_SECONDS + 10))

    def open(self, url: str) -> None:
        self._post("/url", {"url": url})

    def _run(self, promise: str) -> str:
        script = (
            f"const done = arguments[0]; {promise}.then(done, error => done(JSON.stringify('' + error)));"
        )
        return self._post("/execute/async", {"script": script, "args": []})

    def _perform(self, actions: list[dict]) -> None:
        self._post("/actions", {"actions": actions})

    def _png(self) -> bytes:
        return base64.b64decode(self._answer(self._http.get(self._at + "/screenshot", timeout=60)))

    def close(self) -> None:
        self._http.delete(self._at, timeout=30)


@contextmanager
def _screen() -> Iterator[str]:
    """The name of an X display of its own, whose number the server chooses itself."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        number = server.stdout.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        end(server)


@contextmanager
def webkit() -> Iterator[WebKit]:
    """A window of WebKitGTK on a display of its own, with an empty home."""
    for tool in ("WebKitWebDriver", "Xvfb"):
        assert shutil.which(tool), (
            f"{tool} is missing: `bash tests/run` installs it (webkit2gtk-driver, xvfb)"
        )
    with _screen() as display, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        port = free_port()
        driver = subprocess.Popen(
            ["WebKitWebDriver", f"--port={port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "DISPLAY": display,
                "HOME": home,
                "XDG_RUNTIME_DIR": home,
                "GDK_BACKEND": "x11",
            },
        )
        try:
            until(lambda: _listens(port), 30, every=0.1)
            window = WebKit(f"http://127.0.0.1:{port}")
            try:
                yield window
            finally:
                window.close()
        finally:
            end(driver)


def _listens(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/status", timeout=5).ok
    except requests.ConnectionError:
        return False
