"""How long a clip takes from the press of the button to the finished preview, fitting included.

python -m tests.bench.bench_intake [--against FOLDER] [--rounds 3] [--page]

A tall phone clip (6 s of 1080x1920 at 30 fps) becomes an edit of 5 s at 16:9. Every round runs, by
turns, this project and the one in FOLDER (another commit's work tree): the fitting and the render in one
process, beside a plain transcode of the same clip to 1280x720 by the settings of fitting; then `/edit`
of a running app. `--page`: also in Chromium, where the prompt is written in 6 s after the clip was
chosen.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av

from tests.bench.figure import Figure
from tests.bench.intake_child import PROMPTS

ROOT = Path(__file__).resolve().parents[2]
WALK = ROOT / "examples" / "clips" / "person_walk_720x1280.mp4"
TYPING_SECONDS = 6
NAMES = {
    "fit": "fitting",
    "render look": "render of a look",
    "render background": "render of a new background",
    "look": "fitting and a look",
    "background": "fitting and a new background",
    "look cpu": "the same, processor seconds",
    "background cpu": "the same, processor seconds",
    "api look": "/edit, a look",
    "page look": "press on the page, a look",
    "page still": "press on the page to the first still",
}


def phone_clip(path: Path) -> Path:
    """6 s of 1080x1920 at 30 fps, 16 Mbit/s, a key frame each second: what a phone held upright writes."""
    with av.open(str(WALK)) as source:
        frames = [frame.reformat(1080, 1920, "yuv420p") for frame in source.decode(video=0)]
    frames = (frames + frames[::-1])[:180]
    options = {"preset": "fast", "bf": "0", "g": "30"}
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 1080, 1920, "yuv420p", 16_000_000
        for index, frame in enumerate(frames):
            frame.pts, frame.time_base, frame.pict_type = index, Fraction(1, 30), 0
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def by_api(project: Path, clip: Path) -> dict[str, float]:
    """Seconds from a call of `/edit` to its end, in an app that has just answered another one."""
    from tests.support.raw_events import file_data
    from tests.support.raw_requests import ask, call, multipart
    from tests.support.studio_app import running_app

    with running_app(project=project, whole=True) as app:
        took = 0.0
        for content in ((ROOT / "examples/clips/dunes_966x544.mp4").read_bytes(), clip.read_bytes()):
            headers, body = multipart(content)
            uploaded = ask(app.url, "POST", "/gradio_api/upload", headers, body).json()[0]
            values = [PROMPTS["look"], file_data(uploaded), "std", "5", "16:9", False, "customize", [], []]
            begun = time.perf_counter()
            status, told = call(app.url, "edit", [*values, "", ""], seconds=300)
            took = time.perf_counter() - begun
            assert status == 200 and told and told[1]["stage"] == "COMPLETED", told
    return {"api look": took}


def by_page(project: Path, clip: Path) -> dict[str, float]:
    """Seconds from the press of the button to the first still and to a playing result, in Chromium."""
    from tests.support.chromium import chromium
    from tests.support.pages import (
        USUAL,
        describe,
        edited_video_plays,
        open_fold,
        press_edit,
        wait_for_stage,
    )
    from tests.support.studio_app import running_app

    with running_app(project=project, whole=True) as app, chromium(whole=True) as browser:
        page = browser.new_page(**USUAL)
        page.goto(app.url)
        page.wait_for_selector("#edit-button")
        page.locator("#clip input[type=file]").set_input_files(str(clip))
        page.locator("#clip video").wait_for(timeout=60_000)
        open_fold(page, "Options")
        page.get_by_label("16:9").check()
        describe(page, PROMPTS["look"])
        page.wait_for_timeout(TYPING_SECONDS * 1000)
        pressed = time.perf_counter()
        press_edit(page)
        page.wait_for_function("document.documentElement.outerHTML.includes('still.jpg')", timeout=120_000)
        still = time.perf_counter() - pressed
        wait_for_stage(page, "COMPLETED")
        assert edited_video_plays(page)["moved"] > 0
        return {"page still": still, "page look": time.perf_counter() - pressed}


def measured(project: Path, clip: Path, page: bool) -> dict[str, float]:
    environment = os.environ | {"PYTHONPATH": str(project)}
    command = [sys.executable, str(Path(__file__).with_name("intake_child.py")), str(clip)]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=True)
    took = json.loads(done.stdout.splitlines()[-1])
    took |= by_api(project, clip)
    return took | (by_page(project, clip) if page else {})


def run(projects: dict[str, Path], rounds: int, page: bool) -> dict[str, dict[str, float]]:
    """Medians of the rounds, by project and name. The projects take turns."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in projects}
    with tempfile.TemporaryDirectory() as folder:
        clip = phone_clip(Path(folder) / "phone.mp4")
        for _ in range(rounds):
            for name, project in projects.items():
                runs[name].append(measured(project, clip, page))
    return {
        name: {key: statistics.median(one[key] for one in those) for key in those[0]}
        for name, those in runs.items()
    }


def figures(quick: bool = False) -> list[Figure]:
    """Ours beside the plain transcode of the same run."""
    took = run({"now": ROOT}, 1 if quick else 3, False)["now"]
    group, plain = "A phone clip to its 16:9 preview, 5 s", took["transcode"]
    names = ("fit", "look", "background", "api look")
    return [Figure(group, NAMES[name], took[name], "s", plain, "plain transcode") for name in names]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--against", type=Path, help="another work tree of this project")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    projects = {"before": options.against.resolve()} if options.against else {}
    found = run(projects | {"now": ROOT}, options.rounds, options.page)
    now, before = found["now"], found.get("before")
    print(f"{'seconds':42}{'before':>10}{'now':>10}{'ratio':>8}{'to a plain transcode':>22}")
    for key, took in now.items():
        then = f"{before[key]:10.2f}" if before else f"{'':10}"
        ratio = f"{took / before[key]:8.2f}" if before else f"{'':8}"
        print(f"{NAMES.get(key, key):42}{then}{took:10.2f}{ratio}{took / now['transcode']:22.2f}")


if __name__ == "__main__":
    main()
