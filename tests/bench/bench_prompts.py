"""Renders of sixty prompts, for a person to judge. `python -m tests.bench.bench_prompts [--only 1,7-9]
[--out folder]`

Each prompt of `prompts60.toml` is rendered for three seconds in a process of its own, so that a crash is one
finding. The folder then has `plans.json` (what the engine says of each, and how long it took) and contact
sheets of six prompts: one frame of the clip, three of the render, the prompt and the plan's sentences.

Somebody looks at them and writes into `prompts60_verdicts.toml`, under the name of a round, what was seen:
`done`, `refused` (the plan says in words what it did not do) or `wrongly_claimed` (it says or lets one
believe what is not to be seen). `--shares` prints what follows from that, and renders nothing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageDraw

from modules.media.read.lettering import draw_text, line_height, lines_of
from tests.bench.bench_subject import FOLDERS, whole_ratio

ROOT = Path(__file__).resolve().parents[2]
PROMPTS = ROOT / "tests" / "bench" / "prompts60.toml"
VERDICTS = ROOT / "tests" / "bench" / "prompts60_verdicts.toml"
KINDS = ("done", "refused", "wrongly_claimed")
SECONDS = 3
LIMIT = 240
"""Seconds until a render counts as hung."""
ROWS, WIDE, HIGH, GAP = 6, 1600, 210, 6
PICTURES = 1200
"""Width of the four pictures of a row; the text has the rest."""
MOMENTS = (0.12, 0.5, 0.88)
SAID = ("cannot", "fallbacks", "not_understood", "understood")
COLOURS = {
    "prompt": (20, 20, 24),
    "summary": (0, 90, 40),
    "understood": (0, 90, 40),
    "cannot": (170, 60, 0),
    "fallbacks": (130, 80, 0),
    "not_understood": (110, 60, 120),
    "error": (200, 0, 0),
    "expect": (110, 110, 118),
}


def prompts() -> list[dict[str, Any]]:
    """In the order of the file; the number of a prompt counts from 1."""
    return tomllib.loads(PROMPTS.read_text("utf-8"))["prompt"]


def chosen(text: str, count: int) -> list[int]:
    """`1,7-9` -> [1, 7, 8, 9]; nothing is all."""
    if not text:
        return list(range(1, count + 1))
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return [number for number in numbers if 1 <= number <= count]


def clip_of(prompt: dict[str, Any]) -> Path:
    return next(path for folder in FOLDERS if (path := folder / f"{prompt['clip']}.mp4").is_file())


def render_one(number: int, folder: Path) -> dict[str, Any]:
    """One render in this process, its stills beside the report."""
    from modules.preview.render import render
    from modules.preview.task import RenderTask

    prompt = prompts()[number - 1]
    refs = ROOT / "examples" / "refs"
    images = tuple(str(refs / name) for name in prompt.get("images", ()))
    elements = tuple((str(refs / name), ()) for name in prompt.get("elements", ()))
    clip, out = clip_of(prompt), folder / f"{number:02}.mp4"
    payload = {
        "prompt": prompt["prompt"],
        "duration": str(SECONDS),
        "aspect_ratio": whole_ratio(prompt["clip"]),
        "mode": "std",
    }
    begun = time.perf_counter()
    report = render(RenderTask(str(clip), str(out), "", payload, images, elements))
    took = time.perf_counter() - begun
    original = stills(clip, [MOMENTS[1]], report.seconds)
    strip = original + stills(out, MOMENTS, report.seconds)
    for k, picture in enumerate(strip):
        picture.save(folder / f"{number:02}_{k}.png")
    return {"plan": report.plan, "seconds": round(took, 1), "frames": report.frames}


def stills(path: Path, moments: Iterable[float], length: float) -> list[Image.Image]:
    """The frames at shares of `length` seconds, as high as a row of the sheet."""
    wanted, found = [moment * length for moment in moments], []
    last: Image.Image | None = None
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if len(found) == len(wanted):
                break
            if (frame.time or 0.0) >= wanted[len(found)] - 1e-3:
                last = frame.to_image(height=HIGH, width=round(frame.width * HIGH / frame.height / 2) * 2)
                found.append(last)
    return found + [last] * (len(wanted) - len(found)) if last else found


def in_child(number: int, folder: Path) -> dict[str, Any]:
    """The report of a render in a process of its own, or `error`."""
    command = [sys.executable, "-m", "tests.bench.bench_prompts"]
    command += ["--one", str(number), "--out", str(folder)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return {"error": f"hung for {LIMIT} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"error": f"exit code {done.returncode}: {last}"}
    return json.loads(done.stdout.splitlines()[-1])


def _paragraphs(number: int, prompt: dict[str, Any], report: dict[str, Any]) -> list[tuple[str, str]]:
    """(kind, text): what stands beside a row of pictures, the most telling first."""
    with_what = [*prompt.get("images", ()), *prompt.get("elements", ())]
    beside = f"  [{', '.join(with_what)}]" if with_what else ""
    rows = [("prompt", f"{number}. {prompt['prompt']}{beside}")]
    rows.append(("expect", f"expected: {prompt['expect']}. {prompt['note']}"))
    if "error" in report:
        return [*rows, ("error", report["error"])]
    plan = report["plan"]
    rows.append(("summary", f"→ {plan['summary'] or '(no summary)'}"))
    marks = {"understood": "✓", "cannot": "✗", "fallbacks": "instead:", "not_understood": "?"}
    for kind in SAID:
        separator = ", " if kind == "not_understood" else " "
        if plan[kind]:
            rows.append((kind, f"{marks[kind]} {separator.join(plan[kind])}"))
    return rows


def sheet(
    numbers: list[int], every: list[dict[str, Any]], reports: dict[int, dict], folder: Path
) -> Image.Image:
    """A page of rows: the original, three frames of the render, and the words."""
    page = Image.new("RGB", (WIDE, len(numbers) * (HIGH + GAP) + GAP), (250, 250, 249))
    pen = ImageDraw.Draw(page)
    for row, number in enumerate(numbers):
        top, left = GAP + row * (HIGH + GAP), GAP
        for k in range(1 + len(MOMENTS)):
            path = folder / f"{number:02}_{k}.png"
            if path.is_file():
                picture = Image.open(path)
                picture.thumbnail((PICTURES // (1 + len(MOMENTS)) - GAP, HIGH))
                page.paste(picture, (left, top))
                left += picture.width + GAP
        y, left, size = top, min(left, PICTURES) + GAP, 14
        for kind, text in _paragraphs(number, every[number - 1], reports[number]):
            big = size + 2 if kind == "prompt" else size
            width = WIDE - left - 2 * GAP
            lines = lines_of(text, width, big, max(1, (top + HIGH - y) // line_height(big)))
            y = draw_text(pen, (left, y), lines, big, COLOURS[kind], width) + 2
            if y + line_height(size) > top + HIGH:
                break
    return page


def shares() -> list[str]:
    """What the verdicts of each round come to."""
    if not VERDICTS.is_file():
        return [f"No verdicts yet ({VERDICTS.name})."]
    every, lines = prompts(), []
    for name, verdicts in tomllib.loads(VERDICTS.read_text("utf-8")).items():
        wrong = [f"{name}.{key} = {kind!r}" for key, kind in verdicts.items() if kind not in KINDS]
        if wrong:
            lines.append(f"not one of {', '.join(KINDS)}: {', '.join(wrong)}")
        for title, looks in (("all", None), ("not looks", False), ("looks", True)):
            judged = {
                int(number): kind
                for number, kind in verdicts.items()
                if kind in KINDS
                and (looks is None or (every[int(number) - 1]["group"] in ("look", "combination")) == looks)
            }
            if not judged:
                continue
            counts = [sum(kind == one for kind in judged.values()) for one in KINDS]
            told = ", ".join(
                f"{kind} {count} ({count / len(judged):.0%})"
                for kind, count in zip(KINDS, counts, strict=True)
            )
            hits = sum(kind == every[number - 1]["expect"] for number, kind in judged.items())
            lines.append(f"{name}, {title}: {len(judged)} judged: {told}; as expected {hits}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.bench_prompts", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--only", default="", help="numbers of prompts, such as 1,7-9 (default: all)")
    parser.add_argument("--out", type=Path, help="folder for plans and sheets (default: a new one)")
    parser.add_argument("--keep", action="store_true", help="keep the rendered videos too")
    parser.add_argument("--shares", action="store_true", help="only what the verdicts come to")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.shares:
        print("\n".join(shares()))
        return
    folder = options.out or Path(tempfile.mkdtemp(prefix="prompts60-"))
    folder.mkdir(parents=True, exist_ok=True)
    if options.one:
        print(json.dumps(render_one(options.one, folder)))
        return
    every = prompts()
    numbers = chosen(options.only, len(every))
    reports: dict[int, dict[str, Any]] = {}
    for number in numbers:
        for k in range(1 + len(MOMENTS)):  # of an earlier run in the same folder
            (folder / f"{number:02}_{k}.png").unlink(missing_ok=True)
        reports[number] = report = in_child(number, folder.absolute())
        said = report.get("error") or f"{report['seconds']} s, {report['plan']['summary']}"
        print(f"{number:2}. {every[number - 1]['prompt'][:60]}: {said}", flush=True)
        if not options.keep:
            (folder / f"{number:02}.mp4").unlink(missing_ok=True)
    record = [{"number": number, **every[number - 1], **reports[number]} for number in numbers]
    (folder / "plans.json").write_text(json.dumps(record, indent=1, ensure_ascii=False), "utf-8")
    for k in range(0, len(numbers), ROWS):
        some = numbers[k : k + ROWS]
        path = folder / f"sheet_{some[0]:02}-{some[-1]:02}.png"
        sheet(some, every, reports, folder).save(path)
        print(path)
    failed = [number for number in numbers if "error" in reports[number]]
    print(f"{len(numbers)} rendered, {len(failed)} failed {failed or ''}")
    print("\n".join(shares()))


if __name__ == "__main__":
    main()
