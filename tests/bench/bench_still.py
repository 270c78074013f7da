"""Seconds from the press of the button to the first still of a preview, for a clip that the page has
looked at.

python -m tests.bench.bench_still [--rounds 3] [--typing 5] [--against FOLDER]

The app runs as it is started by anybody. Each edit is of another part of the clip, so that nothing is
left of the edit before it: the page looks at it, the prompt is written in `--typing` seconds, the button
is pressed, and the journal is asked for the still. `--against`: by turns with another work tree of this
project.
"""

import argparse
import json
import secrets
import statistics
import time
from pathlib import Path

from tests.bench.figure import Figure
from tests.support.raw_events import RawPage, fields, file_data
from tests.support.raw_requests import ask, multipart
from tests.support.studio_app import CLIPS, PROJECT, REFS, App, running_app

TARGET = 1.0
PARK, BUNNY = "person_park_1280x720.mp4", "bunny_1280x720.mp4"
EDITS = {
    "a look": (PARK, "Turn it into a comic", ""),
    "a new background": (PARK, "Replace the background with a tropical beach", ""),
    "a chosen person": (PARK, "Put the walking woman on Mars", ""),
    "somebody taken out": (PARK, "Remove the walking woman", ""),
    "an animal in a place": (BUNNY, "Put the rabbit on the moon", ""),
    "one part in a colour": (BUNNY, "Make the rabbit bright red", ""),
    "the ground": (BUNNY, "Cover the ground with snow", ""),
    "a character": (PARK, "Replace the person with @Element1", "raccoon_1024x768.jpg"),
}


def uploaded(app: App, path: Path) -> dict:
    headers, body = multipart(path.read_bytes(), f"{secrets.token_hex(4)}{path.suffix}")
    return file_data(ask(app.url, "POST", "/gradio_api/upload", headers, body).json()[0])


def first_still(app: App, page: RawPage, form: dict, typing: float) -> float:
    """Presses the button and waits for the still and then for the end."""
    look = next(one for one in page.config["dependencies"] if one["id"] == page.number("look"))
    values = fields(**form)
    # Before 1.7 a look took the form alone.
    page.post("look", values if len(look["inputs"]) == len(values) else ["preview", "", *values])
    time.sleep(typing)
    pressed, took = time.perf_counter(), 0.0
    assert page.start(**form) == {}
    while True:
        stage, body = app.rows("SELECT stage, body FROM jobs ORDER BY created_at DESC LIMIT 1")[0]
        job = json.loads(body)
        if not took and str(job.get("still")).endswith("still.jpg"):
            took = time.perf_counter() - pressed
        if stage in ("COMPLETED", "FAILED"):
            assert took, job["error"]
            return took
        time.sleep(0.005)


def measured(projects: dict[str, Path], rounds: int, typing: float) -> dict[str, dict[str, float]]:
    """Medians by tree and edit."""
    found: dict[str, dict[str, list[float]]] = {name: {kind: [] for kind in EDITS} for name in projects}
    for number in range(rounds):
        for name, project in projects.items():
            with running_app(project=project, whole=True) as app:
                page = RawPage(app.url)
                clips = {clip: uploaded(app, CLIPS / clip) for clip in (PARK, BUNNY)}
                for at, (kind, (clip, prompt, picture)) in enumerate(EDITS.items()):
                    form = {"video": clips[clip], "duration": 3, "prompt": prompt, "aspect_ratio": "16:9"}
                    form["start"] = round(0.1 * (at + 1) + 0.05 * number, 2)
                    if picture:
                        element = {"frontal": uploaded(app, REFS / picture), "references": []}
                        form["references"] = {"images": [], "elements": [element]}
                    found[name][kind].append(first_still(app, page, form, typing))
    return {
        name: {kind: statistics.median(seconds) for kind, seconds in kinds.items()}
        for name, kinds in found.items()
    }


def figures(quick: bool = False) -> list[Figure]:
    took = measured({"now": PROJECT}, 1 if quick else 3, 4.0)["now"]
    group = "Press to the first still of a preview"
    return [Figure(group, kind, seconds, "s", target=TARGET) for kind, seconds in took.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--typing", type=float, default=5.0)
    parser.add_argument("--against", type=Path, help="another work tree of this project")
    options = parser.parse_args()
    projects = {"before": options.against.resolve()} if options.against else {}
    found = measured(projects | {"now": PROJECT}, options.rounds, options.typing)
    for kind, seconds in found["now"].items():
        before = f"{found['before'][kind]:8.2f} s before" if "before" in found else ""
        print(f"{kind:24}{seconds:8.2f} s{before}{'' if seconds <= TARGET else '   over the target'}")


if __name__ == "__main__":
    main()
