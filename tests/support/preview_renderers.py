"""Renderers that the engine is started with in tests: quick, and badly behaved in every way.

`act` does what the prompt's first word says, so that one server can be shown several fates. The engine itself
never takes orders from prompts; this renderer is handed to it in code.
"""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from modules.edit.errors import StudioError


@dataclass(frozen=True)
class Report:
    plan: dict
    frames: int = 3
    seconds: float = 0.0
    width: int = 16
    height: int = 16


def act(task, on_progress=None, on_plan=None, on_still=None) -> Report:
    """Obey the first word of the prompt; with `copy` the clip is the result."""
    word, _, rest = task.payload["prompt"].partition(" ")
    plan = {"engine": "preview", "summary": f"Pictures: {len(task.images)}; elements: {len(task.elements)}."}
    on_plan(plan)
    on_progress(1, 3)
    FATES[word](task, rest, on_progress, on_still)
    if not Path(task.out).exists() and word != "nothing":
        shutil.copyfile(task.clip, task.out)
    on_progress(3, 3)
    return Report(plan)


def _wait(task, rest, on_progress, on_still) -> None:
    """Show a still, then wait until the file named in the prompt appears; `on_still` shows that it runs."""
    Path(task.still).write_bytes(b"\xff\xd8\xff still")
    on_still(task.still)
    gate = Path(rest)
    gate.with_suffix(".pid").write_text(str(os.getpid()))
    while not gate.exists():
        on_progress(2, 3)
        time.sleep(0.02)


def _eat(task, rest, on_progress, on_still) -> None:
    held = []
    while True:
        held.append(bytearray(os.urandom(1)) * (32 * 2**20))
        time.sleep(0.02)


def _refuse(task, rest, on_progress, on_still) -> None:
    raise StudioError("The clip has no pictures in it. Choose another clip.")


def _break(task, rest, on_progress, on_still) -> None:
    raise KeyError("secret detail")


FATES = {
    "copy": lambda *args: None,
    "nothing": lambda *args: None,
    "wait": _wait,
    "crash": lambda *args: os.abort(),
    "vanish": lambda *args: os._exit(7),
    "hang": lambda *args: time.sleep(600),
    "eat": _eat,
    "refuse": _refuse,
    "break": _break,
}


def look(order) -> None:
    """A look ahead that notes itself in the engine's folder `looks`, and lasts while `looks/hold` is there.
    What the clip's last byte says is done: `!` breaks, `#` crashes."""
    folder = Path(order.folder).parent / "looks"
    content = Path(order.clip).read_bytes()
    seen = {
        "pid": os.getpid(),
        "nice": os.nice(0),
        "mode": order.mode,
        "tail": content[-1:].decode("latin-1"),
    }
    draft = folder / f"{os.getpid()}.part"
    draft.write_text(json.dumps({**seen, "time": time.monotonic()}), encoding="utf-8")
    draft.rename(folder / f"{os.getpid()}.json")
    if seen["tail"] == "!":
        raise KeyError("secret detail")
    if seen["tail"] == "#":
        os.abort()
    while (folder / "hold").exists():
        time.sleep(0.01)
