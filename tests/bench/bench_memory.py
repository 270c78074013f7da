"""Memory of the whole process family: at rest, under many edits begun at once, and at rest again.

    python -m tests.bench.bench_memory [--edits 20] [--quick] [--project OTHER_COPY]

The family is the app with all that it starts: media workers, the preview engine, its fork server and its
renders. Its memory is the sum of PSS (`/proc/*/smaps_rollup`), in which a page that forks share counts once;
RSS would count it in each. Elsewhere than on Linux it is the sum of USS, in which shared pages do not count
at all. The edits go through `/edit`, each from a visitor's address of its own, with clips and prompts that
differ. Pages of libraries that other programs use too count in part: a quiet machine shows the most.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.bench.figure import Figure
from tests.support import media_samples
from tests.support.raw_events import file_data
from tests.support.raw_requests import ask, call, elsewhere, multipart
from tests.support.studio_app import CLIPS, PROJECT, App, free_port, running_app

EVERY = 0.2
STEADY, REST_SECONDS, AFTER_SECONDS = 2.0, 30.0, 30.0
"""MB within which memory counts as steady over ten looks; the longest wait for that; the wait after edits."""
MEASURE = "PSS" if sys.platform == "linux" else "USS"
BARE = (
    "import gradio as gr; gr.Interface(lambda text: text, 'text', 'text')"
    ".launch(server_name='127.0.0.1', server_port={port}, quiet=True)"
)
PROMPTS = (
    "Turn it into a comic book",
    "Replace the background with a tropical beach",
    "Remove the walking woman",
    "Put the rabbit on the moon",
    "Cover the ground with snow",
    "Make it rain heavily",
    "Oil painting",
    "Put the walking woman on Mars",
    "Make the rabbit bright red",
    "Cyberpunk city with neon lines",
)
BUNNY, PARK, WALK = (
    CLIPS / f"{name}.mp4" for name in ("bunny_1280x720", "person_park_1280x720", "person_walk_720x1280")
)
FOUR_K = {"preset": "superfast", "crf": "28", "refs": "4", "bf": "3"}
"""As phones write it: several pictures are kept for reference and reordered."""


def memory_mb(process: psutil.Process) -> float:
    """PSS, or USS where the system has none, in MB; 0 for a process that has ended."""
    try:
        if MEASURE == "USS":
            return process.memory_full_info().uss / 2**20
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    except (OSError, psutil.Error, StopIteration):
        return 0.0


def kind_of(process: psutil.Process, app: int) -> str:
    """What a process of the family is there for."""
    if process.pid == app:
        return "app"
    try:
        command, parent = " ".join(process.cmdline()), process.parent()
        above = " ".join(parent.cmdline()) if parent else ""
    except psutil.Error:
        return "ended"
    if "sandbox.child" in command:
        return "media worker"
    if "resource_tracker" in command:
        return "resource tracker"
    if "multiprocessing.forkserver" in command:
        return "render" if "multiprocessing.forkserver" in above else "fork server"
    return "engine" if "modules.preview" in command else "other"


@dataclass(frozen=True)
class Look:
    """One look at the family: MB, and the number of processes, by kind."""

    by_kind: Counter[str] = field(default_factory=Counter)
    count: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> float:
        return sum(self.by_kind.values())

    def __str__(self) -> str:
        parts = (
            f"{kind}{f' x{self.count[kind]}' if self.count[kind] > 1 else ''} {size:.0f}"
            for kind, size in self.by_kind.most_common()
        )
        return f"{self.total:.0f} MB: " + ", ".join(parts)


def look(app: int) -> Look:
    """The family of the process `app` as it is now."""
    found = Look()
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(app)
        for process in (top, *top.children(recursive=True)):
            if size := memory_mb(process):
                kind = kind_of(process, app)
                found.by_kind[kind] += size
                found.count[kind] += 1
    return found


class Sampler:
    """Looks at the family every `EVERY` seconds while the block lasts."""

    def __init__(self, app: int) -> None:
        self._app, self._over = app, threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self.looks: list[Look] = []

    def _go_on(self) -> None:
        while not self._over.is_set():
            self.looks.append(look(self._app))
            self._over.wait(EVERY)

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def peak(self) -> Look:
        return max(self.looks, key=lambda one: one.total)

    def most(self, kind: str) -> float:
        """The most that all processes of one kind held together."""
        return max(one.by_kind[kind] for one in self.looks)


def at_rest(app: int) -> Look:
    """The family once it is steady, or after `REST_SECONDS`."""
    ends, sizes = time.monotonic() + REST_SECONDS, [look(app).total]
    while time.monotonic() < ends:
        time.sleep(0.5)
        sizes = [*sizes, look(app).total][-10:]
        if len(sizes) == 10 and max(sizes) - min(sizes) < STEADY:
            break
    return look(app)


def clips(folder: Path) -> list[Path]:
    """Six clips: three examples, one of a phone that must be fitted to 16:9, a square one, and one in 4K."""
    phone = media_samples.clip(folder / "phone.mp4", 1080, 1920, 4, 25)
    four_k = media_samples.clip(folder / "four_k.mp4", 3840, 2160, 3.2, 15, options=FOUR_K)
    return [PARK, BUNNY, phone, four_k, WALK, CLIPS / "bird_960x960.mp4"]


def edit(app: App, number: int, clip: Path, prompt: str) -> str:
    """What went wrong with one edit; "" when it ended well."""
    source = elsewhere(20_000 + number)
    headers, body = multipart(clip.read_bytes(), clip.name)
    path = ask(app.url, "POST", "/gradio_api/upload", headers, body, source=source, seconds=120).json()[0]
    values = [prompt, file_data(path), "std", "3", "16:9", False, "customize", [], [], "", ""]
    status, told = call(app.url, "edit", values, source=source, seconds=1800)
    if status != 200 or told is None:
        return f"HTTP {status}, no answer"
    job = told[1]
    return "" if job["stage"] == "COMPLETED" else f"{job['stage']}: {job['error']}"


def all_at_once(app: App, count: int, folder: Path) -> list[str]:
    """Begin `count` edits together and wait for all; what went wrong."""
    wrong: list[str] = []
    sources = clips(folder)

    def one(number: int) -> None:
        prompt = PROMPTS[number % len(PROMPTS)]
        clip = BUNNY if "rabbit" in prompt else sources[(number + number // len(PROMPTS)) % len(sources)]
        try:
            problem = edit(app, number, clip, prompt)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            wrong.append(f"{prompt} ({clip.name}): {problem}"[:300])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@dataclass(frozen=True)
class Measured:
    """The family at rest, at its peak, and again at rest; the most of each kind; what went wrong."""

    rest: Look
    peak: Look
    after: Look
    most: dict[str, float]
    seconds: float
    wrong: list[str]


def measure(edits: int, project: Path = PROJECT) -> Measured:
    """Run the app of `project` through `edits` edits begun at once."""
    with tempfile.TemporaryDirectory() as folder, running_app(project=project, whole=True) as app:
        assert app.process is not None
        pid = app.process.pid
        rest, began = at_rest(pid), time.monotonic()
        with Sampler(pid) as sampler:
            wrong = all_at_once(app, edits, Path(folder))
        took = time.monotonic() - began
        time.sleep(AFTER_SECONDS)
        most = {kind: sampler.most(kind) for kind in sampler.peak.by_kind}
        return Measured(rest, sampler.peak, look(pid), most, took, wrong)


@contextlib.contextmanager
def bare_gradio() -> Iterator[int]:
    """The process id of a Gradio app with one text field, once it serves."""
    port = free_port()
    command = [sys.executable, "-c", BARE.format(port=port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            assert process.poll() is None, "the bare app has ended"
            with contextlib.suppress(OSError):
                ask(f"http://127.0.0.1:{port}", "GET", "/config", seconds=5)
                break
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def figures(quick: bool = False) -> list[Figure]:
    """The three figures of the family beside a bare Gradio app; `quick`: with six edits."""
    with bare_gradio() as pid:
        bare = at_rest(pid).total
    edits = 6 if quick else 20
    found = measure(edits)
    if found.wrong:
        raise RuntimeError("; ".join(found.wrong))
    what, name = "Memory of all processes", f"bare Gradio app ({MEASURE})"
    return [
        Figure(what, "at rest", found.rest.total, "MB", bare, name),
        Figure(what, f"peak of {edits} edits at once", found.peak.total, "MB", bare, name, 900),
        Figure(what, f"{AFTER_SECONDS:.0f} s after them", found.after.total, "MB", bare, name),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="six edits")
    parser.add_argument("--project", type=Path, default=PROJECT, help="another copy of the project")
    parser.add_argument("--bare", action="store_true", help="only a bare Gradio app")
    options = parser.parse_args()
    if options.bare:
        with bare_gradio() as pid:
            print(f"bare Gradio app ({MEASURE}): {at_rest(pid)}")
        return
    found = measure(6 if options.quick else options.edits, options.project)
    print(f"at rest ({MEASURE}): {found.rest}")
    print(f"peak: {found.peak}")
    print("most of each kind: " + ", ".join(f"{kind} {size:.0f}" for kind, size in found.most.items()))
    print(f"{AFTER_SECONDS:.0f} s after: {found.after}")
    print(f"{found.seconds:.0f} s; wrong: {found.wrong}")


if __name__ == "__main__":
    main()
