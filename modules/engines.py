"""Which engine runs an edit, and how to reach it. The embedded preview engine is a child process, spoken
to over HTTP only."""

import atexit
import queue
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from modules.child_environment import for_child
from modules.edit.errors import StudioError
from modules.secret import Secret
from modules.segmind.client import SegmindClient
from modules.segmind.retry import OnFailure, not_told
from modules.settings import PROJECT, Settings

START_SECONDS = 40
"""How long the engine may take to answer for the first time. About 1 s here; a cold, shared machine is
slower."""


class EngineUnavailable(StudioError):
    """The embedded engine did not start."""


class PreviewProcess:
    """The embedded engine: started at first need, started again when it has died, gone when this process
    is gone."""

    def __init__(
        self,
        data_dir: Path,
        *,
        cluster: str = "",
        niceness: int = 0,
        popen: Callable[..., subprocess.Popen[str]] = subprocess.Popen,
    ) -> None:
        self._data_dir = data_dir
        self._cluster, self._niceness = cluster, niceness
        self._popen = popen
        self._process: subprocess.Popen[str] | None = None
        self._url = ""
        self._lock = threading.Lock()
        atexit.register(self.close)

    def url(self) -> str:
        """Its address on loopback. Raises EngineUnavailable."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            return self._url

    def close(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process and process.stdin and process.poll() is None:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()

    def _start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "modules.preview",
            "--port",
            "0",
            "--data",
            str(self._data_dir),
            "--exit-with-parent",
            "--niceness",
            str(self._niceness),
        ]
        environment = for_child()  # the engine needs no key of anybody's
        if self._cluster:
            environment["PREVIEW_CLUSTER"] = self._cluster
        process = self._popen(
            command, cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        lines: queue.Queue[str] = queue.Queue()

        def read() -> None:
            # Reading on keeps the pipe from filling up; the empty line at the end says that the engine is
            # gone.
            for line in process.stdout or ():
                lines.put(line)
            lines.put("")

        threading.Thread(target=read, name="preview-output", daemon=True).start()
        try:
            while not (line := lines.get(timeout=START_SECONDS)).startswith("ready "):
                if not line:
                    raise queue.Empty
        except queue.Empty:
            process.kill()
            raise EngineUnavailable(
                "The preview engine did not start on this server. Nothing was spent. Please try again in a "
                "minute."
            ) from None
        self._process, self._url = process, line.split()[1]


OnFailureOf = Callable[[str], OnFailure]
"""Who is told of the failed attempts of an engine's calls, by the engine's name."""


class Engines:
    """Clients for the two engines, one pool of connections each."""

    def __init__(
        self, settings: Settings, preview: PreviewProcess, on_failure: OnFailureOf = lambda engine: not_told
    ) -> None:
        self._settings, self._on_failure_of = settings, on_failure
        self._preview = preview
        # Of no value to anybody: the embedded engine takes every key of the right form.
        self._preview_key = Secret("SG_" + secrets.token_hex(8))
        self._preview_client: SegmindClient | None = None
        self._segmind = SegmindClient(
            settings.segmind_base_url,
            settings.segmind_storage_url,
            settings.segmind_api_key,
            history_url=settings.segmind_history_url,
            requests_per_minute=settings.requests_per_minute,
            on_failure=on_failure("segmind"),
        )
        self._lock = threading.Lock()

    @property
    def owner_pays(self) -> bool:
        """True when the owner of this Space has set a key."""
        return bool(self._settings.segmind_api_key)

    def choose(self, key: Secret, wanted: str = "") -> str:
        """`preview` or `segmind`: what will run for a visitor who pasted `key` (empty: none) and wants
        `wanted` (or `""`)."""
        if wanted == "preview" or not (key or self.owner_pays):
            return "preview"
        return "segmind"

    def client(self, engine: str, key: Secret | None) -> SegmindClient:
        """A client of `engine`; for Segmind with `key` (an empty one: without any), or the owner's when it is
        None. Raises EngineUnavailable."""
        if engine == "preview":
            url = self._preview.url()
            with self._lock:
                if self._preview_client is None or self._preview_client.base_url != url:
                    self._preview_client = SegmindClient(
                        url,
                        url,
                        self._preview_key,
                        engine_name="the preview engine",
                        free=True,
                        requests_per_minute=0,
                        on_failure=self._on_failure_of("preview"),
                    )
                return self._preview_client
        return self._segmind if key is None else self._segmind.with_key(key)
