"""Overlap of the engine's matte with outlines drawn by hand. `python -m tests.bench.bench_subject [--json]`

Per frame the intersection over union (IoU) of the matte, cut at one half, and the mask in
`tests/bench/subject_masks`, at the size of the render; 1.0 is the same, 0.0 has nothing in common. Where a
clip has masks of two people, `other` is the overlap with the wrong one: with `--people 1` it should be 0,
with `--people 2` (what a new background asks for) both together are the truth.
"""

import argparse
import json
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from modules.preview.prompt.direction import direct
from modules.preview.subject.matte import Matte
from modules.preview.video.arrays import Picture, Plane
from modules.preview.video.decode import Source, open_source
from modules.preview.video.geometry import RATIOS, Frame
from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
MASKS = ROOT / "tests" / "bench" / "subject_masks"
FOLDERS = (MASKS, ROOT / "examples" / "clips")
MAIN = ("", "woman")
"""Whose mask is the subject's: of the only one, or of whom a prompt without words for it means."""


WORDS = {
    "bird": "Put the bird in a forest",
    "bunny": "Put the rabbit in a forest",
    "dog": "Put the dog in a forest",
    "dunes": "Remove the walker",
    "person_park": "Remove the walking woman",
    "person_walk": "Put her in a forest",
}
"""What a visitor would write, by the beginning of the clip's name: the words help to choose."""


def mattes(source: Source, people: int, words: str) -> Iterator[tuple[Picture, Plane]]:
    """Every frame with the engine's alpha (0..255) of it, made as a render makes it."""
    who = direct(words).who
    matte = Matte(source.width, source.height, people=people, wants_plate=people == 1, who=who)
    samples = source.sampled()
    matte.prepare([one.picture for one in samples], [one.seconds for one in samples])
    for timed in source.frames():
        yield timed.picture, matte.segment(timed.picture, timed.seconds).alpha


@dataclass(frozen=True)
class Score:
    """One frame: `iou` with the subject's mask, `other` with somebody else's; `covered` the share of the
    subject that the matte holds, `correct` the share of the matte that is subject."""

    clip: str
    frame: int
    iou: float
    covered: float
    correct: float
    other: float | None = None


def masks() -> dict[str, dict[int, dict[str, Path]]]:
    """clip -> frame index -> whose ("" for the only one) -> PNG."""
    found: dict[str, dict[int, dict[str, Path]]] = defaultdict(lambda: defaultdict(dict))
    for path in MASKS.glob("*.png"):
        clip, index, who = re.fullmatch(r"(.+_\d+x\d+)_(\d+)_?(\w*)", path.stem).groups()
        found[clip][int(index)][who] = path
    return {clip: dict(sorted(frames.items())) for clip, frames in sorted(found.items())}


def clip_path(clip: str) -> Path:
    return next(path for folder in FOLDERS if (path := folder / f"{clip}.mp4").is_file())


def whole_ratio(clip: str) -> str:
    """The aspect ratio that cuts nothing (or next to nothing) off the clip."""
    width, height = (int(side) for side in re.search(r"(\d+)x(\d+)$", clip).groups())
    return min(RATIOS, key=lambda name: abs(np.log(RATIOS[name][0] / RATIOS[name][1] * height / width)))


def framed(path: Path, frame: Frame) -> np.ndarray:
    """A mask of the whole picture as the render frames it."""
    mask = cv2.resize(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), frame.scaled)
    return mask[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width] > 127


def overlap(one: np.ndarray, two: np.ndarray) -> float:
    return float((one & two).sum() / max(1, (one | two).sum()))


def scores(
    clip: str, wanted: dict[int, dict[str, Path]], people: int, words: bool, sheet: Path | None
) -> list[Score]:
    source = open_source(str(clip_path(clip)), seconds=15, aspect_ratio=whole_ratio(clip), mode="pro")
    out, shown = [], []
    prompt = next((text for name, text in WORDS.items() if clip.startswith(name)), "") if words else ""
    for index, (picture, alpha) in enumerate(mattes(source, people, prompt)):
        if index not in wanted:
            continue
        truths = {who: framed(path, source.frame) for who, path in wanted[index].items()}
        others = [mask for who, mask in truths.items() if who not in MAIN]
        truth = next(mask for who, mask in truths.items() if who in MAIN)
        if people > 1:
            truth = np.logical_or.reduce([truth, *others])
        found = alpha > 127
        both = float((found & truth).sum())
        out.append(
            Score(
                clip,
                index,
                overlap(found, truth),
                both / truth.sum(),
                both / max(1, found.sum()),
                overlap(found, others[0]) if others and people == 1 else None,
            )
        )
        shown.append(_overlay(picture, found, truth, f"{index}: {out[-1].iou:.2f}"))
    if sheet is not None:
        sheet.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(sheet / f"{clip}.png"), np.hstack(shown))
    return out


def _overlay(picture: Picture, found: np.ndarray, truth: np.ndarray, text: str) -> Picture:
    """Right green, too much red, missing blue; 480 pixels high."""
    out = picture.copy()
    for where, colour in (
        (found & truth, (0, 200, 0)),
        (found & ~truth, (0, 0, 255)),
        (truth & ~found, (255, 0, 0)),
    ):
        out[where] = (out[where] * 0.4 + np.array(colour) * 0.6).astype(np.uint8)
    out = cv2.resize(out, (480 * picture.shape[1] // picture.shape[0], 480), interpolation=cv2.INTER_AREA)
    cv2.putText(out, text, (8, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (255, 255, 255), 2)
    return out


def mean_overlap(of_clip: list[Score]) -> float:
    return statistics.mean(score.iou for score in of_clip)


def figures(quick: bool = False) -> list[Figure]:
    """The mean of each clip, and of all. There is no short form: it takes half a minute."""
    means = {clip: mean_overlap(scores(clip, one, 1, True, None)) for clip, one in masks().items()}
    names = {f"all {len(means)} clips": statistics.mean(means.values())}
    names |= {re.sub(r"_\d+x\d+$", "", clip).replace("_", " "): mean for clip, mean in means.items()}
    group, yardstick = "Subject found: overlap (IoU) with the truth", "outline drawn by hand"
    return [Figure(group, name, mean, "", 1.0, yardstick, better="higher") for name, mean in names.items()]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.bench_subject", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--clips", help="names or beginnings of names, separated by commas (default: all)")
    parser.add_argument("--people", type=int, default=1, help="how many people the matte follows (1)")
    parser.add_argument("--no-words", action="store_true", help="as by a prompt that names nobody")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--sheet", type=Path, help="folder for overlays: right, too much, missing")
    options = parser.parse_args()
    every = masks()
    if options.clips:
        every = {clip: one for clip, one in every.items() if clip.startswith(tuple(options.clips.split(",")))}
    rows: list[Score] = []
    if not options.json:
        print("| clip | frame | IoU | covered | correct | other |\n|---|---|---|---|---|---|")
    means = {}
    for clip, wanted in every.items():
        of_clip = scores(clip, wanted, options.people, not options.no_words, options.sheet)
        rows += of_clip
        means[clip] = mean_overlap(of_clip)
        if not options.json:
            for score in of_clip:
                other = "" if score.other is None else f"{score.other:.2f}"
                print(
                    f"| {clip} | {score.frame} | {score.iou:.3f} | {score.covered:.2f} | "
                    f"{score.correct:.2f} | {other} |"
                )
            print(f"| {clip} | mean | **{means[clip]:.3f}** | | | |", flush=True)
    overall = statistics.mean(means.values())
    if options.json:
        told = {"people": options.people, "mean": overall, "clips": means}
        print(json.dumps(told | {"frames": [asdict(score) for score in rows]}, indent=2))
    else:
        print(f"| all | mean of {len(means)} clips | **{overall:.3f}** | | | |")


if __name__ == "__main__":
    main()
