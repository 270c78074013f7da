"""`python -m modules.preview`: the preview engine as a server. It prints `ready http://HOST:PORT` when it
serves."""

import argparse
import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uvicorn

FAREWELL_SECONDS = 5.0
"""After its parent has gone, the engine has this long to stop in order before it just ends."""

KEEP_ALIVE_SECONDS = 75
"""Longer than a client waits between two polls: a connection that closes just then looks like a lost
submit."""


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m modules.preview",
        description="A Segmind-compatible engine on this machine that makes preview edits. It is not Kling.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    add("--port", type=int, default=8765, help="port to listen on; 0 picks a free one (8765)")
    add("--data", type=Path, default=None, help="folder for requests and files (data/preview)")
    for name, kind, default, unit, text in (
        ("--retention", float, 3600, "SECONDS", "how long requests are known (3600)"),
        ("--file-retention", float, 7 * 24 * 3600, "SECONDS", "how long files stay (7 days)"),
        ("--max-disk", float, 10, "GB", "all files together; the oldest go first (10)"),
        ("--workers", int, 0, "N", "renders at a time (half of the cores)"),
        ("--render-seconds", float, 600, "SECONDS", "time limit of a render (600)"),
        ("--render-memory", float, 4096, "MB", "memory limit of a render (4096)"),
        ("--look-seconds", float, 20, "SECONDS", "for a look at an upload ahead of its edit; 0 is none (20)"),
        ("--patience", float, 6, "SECONDS", "how long to wait for a folder in use, or for the cluster (6)"),
        ("--niceness", int, 0, "N", "above 0, other work on this machine goes first (0)"),
        ("--rate-limit", int, 0, "N", "submits per key and minute; 0 is no limit (0)"),
        ("--renderer", str, None, "MODULE:FUNCTION", "another renderer than the built-in one"),
        ("--cluster", str, None, "ADDRESS", "Dask scheduler that renders (environment: PREVIEW_CLUSTER)"),
    ):
        add(name, type=kind, default=default, metavar=unit, help=text)
    add("--exit-with-parent", action="store_true", help="stop when standard input closes")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = read_arguments(arguments)
    os.nice(options.niceness)
    # Imported here and not above: render processes import this file too, and need none of it.
    import uvicorn

    from modules.edit.errors import StudioError
    from modules.preview.http.engine import EngineSettings
    from modules.preview.http.server import create_app
    from modules.preview.queue.order import RENDERER
    from modules.settings import read_settings

    surroundings = read_settings()
    settings = EngineSettings(
        data=(options.data or surroundings.data_dir / "preview").absolute(),
        retention=options.retention,
        file_retention=options.file_retention,
        max_disk_bytes=int(options.max_disk * 2**30),
        workers=options.workers,
        render_seconds=options.render_seconds,
        render_memory_mb=options.render_memory,
        look_seconds=options.look_seconds,
        rate_limit=options.rate_limit,
        patience=options.patience,
        renderer=options.renderer or RENDERER,
        cluster=surroundings.preview_cluster if options.cluster is None else options.cluster,
    )
    with contextlib.ExitStack() as stack:
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
            stack.enter_context(only_engine_of(settings.data, options.patience))
            listening = stack.enter_context(listen(options.host, options.port))
            app = create_app(settings)
        except (OSError, StudioError) as error:
            print(
                f"The preview engine cannot start: {getattr(error, 'strerror', None) or error}",
                file=sys.stderr,
            )
            return 1
        host = f"[{options.host}]" if ":" in options.host else options.host
        ready = f"ready http://{host}:{listening.getsockname()[1]}"

        class AnnouncingServer(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started:
                    print(ready, flush=True)

        server = AnnouncingServer(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                lifespan="on",
                ws="none",
                timeout_graceful_shutdown=2,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
            )
        )
        if options.exit_with_parent:
            threading.Thread(target=_follow_parent, args=(server,), daemon=True).start()
        # The server repeats the signal that ended it once it has stopped; Ctrl-C is no error.
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol spelled out asyncio turns Nagle's algorithm off; else every answer takes 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


@contextlib.contextmanager
def only_engine_of(data: Path, patience: float) -> Iterator[None]:
    """Hold the folder: two engines on one folder would render everything twice. Raises OSError when it is
    held."""
    with open(data / "engine.lock", "w", encoding="ascii") as file:
        with contextlib.suppress(ImportError):  # Windows has no fcntl, and so no lock
            import fcntl

            # An engine that was told to stop may still hold it for FAREWELL_SECONDS; a restart waits for it.
            deadline = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise OSError(error.errno, f"another engine uses the folder {data}") from None
                    time.sleep(0.05)
        yield


def _follow_parent(server: "uvicorn.Server") -> None:
    """End with whoever started the engine: its end of our standard input closes, however it dies."""
    with contextlib.suppress(OSError, ValueError):
        while sys.stdin.buffer.read(4096):
            continue
    server.should_exit = True
    # Should the orderly way hang, renders end by themselves once this process is gone.
    last = threading.Timer(FAREWELL_SECONDS, os._exit, args=(1,))
    last.daemon = True
    last.start()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # All is closed but, perhaps, a thread that waits for a slow outside server: nobody waits for that.
    os._exit(status)
