"""Firefox over WebDriver BiDi, the W3C protocol that it speaks itself on a websocket.

Nothing stands between the test and the browser: Debian has no geckodriver, and Firefox does not need one."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.engines import SIZE, WebDriverEngine, end
from tests.support.waiting import until

_BINARIES = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
_PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.active-protocols": 1,
    "toolkit.telemetry.server": "",
}
"""What a fresh profile would otherwise do by itself on the network."""


class Firefox(WebDriverEngine):
    """One tab of a headless Firefox."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__()
        self._socket = socket
        self._ids = itertools.count(1)
        self._ask("session.new", {"capabilities": {}})
        self._ask("session.subscribe", {"events": ["log.entryAdded"]})
        self._tab = self._ask("browsingContext.getTree", {})["contexts"][0]["context"]
        viewport = {"width": SIZE[0], "height": SIZE[1]}
        self._ask("browsingContext.setViewport", {"context": self._tab, "viewport": viewport})

    def _ask(self, method: str, params: dict, seconds: float = 60) -> dict:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=seconds))
            if answer.get("id") == number:
                assert answer["type"] == "success", (
                    f"{method}: {answer.get('error')}: {answer.get('message')}"
                )
                return answer["result"]
            entry = answer.get("params", {})
            if answer.get("method") == "log.entryAdded" and entry["level"] == "error":
                self.faults.append(str(entry["text"]))

    def open(self, url: str) -> None:
        self._ask("browsingContext.navigate", {"context": self._tab, "url": url, "wait": "complete"})

    def _run(self, promise: str) -> str:
        params = {"expression": promise, "target": {"context": self._tab}, "awaitPromise": True}
        answer = self._ask("script.evaluate", params)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return answer["result"]["value"]

    def _perform(self, actions: list[dict]) -> None:
        self._ask("input.performActions", {"context": self._tab, "actions": actions})

    def _png(self) -> bytes:
        picture = self._ask("browsingContext.captureScreenshot", {"context": self._tab})
        return base64.b64decode(picture["data"])


@contextmanager
def firefox() -> Iterator[Firefox]:
    """A headless Firefox with a new profile: Debian's `firefox-esr`, or the one of other systems."""
    binary = next(filter(None, map(shutil.which, _BINARIES)), None)
    assert binary, "Firefox is missing: `bash tests/run` installs it (Debian: firefox-esr)"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile = Path(folder)
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in _PREFERENCES.items())
        (profile / "user.js").write_text("".join(lines))
        command = [binary, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
        with (profile / "log").open("w+b") as log:
            process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                # HOME: Firefox refuses to run as root in a home of somebody else.
                env={**os.environ, "HOME": folder, "MOZ_CRASHREPORTER_DISABLE": "1"},
            )
            try:
                socket = until(lambda: _connected(process, profile), 60, every=0.1)
                with socket:
                    yield Firefox(socket)
            finally:
                end(process)


def _connected(process: subprocess.Popen, profile: Path) -> ClientConnection | None:
    """Its websocket, whose port Firefox chose itself and wrote into the profile; None until it listens."""
    assert process.poll() is None, f"Firefox ended:\n{(profile / 'log').read_text(errors='replace')}"
    try:
        place = json.loads((profile / "WebDriverBiDiServer.json").read_text())
        return connect(f"ws://{place['ws_host']}:{place['ws_port']}/session", max_size=None, proxy=None)
    except (OSError, ValueError, ConnectionClosed):
        return None
