"""Speed and memory of the preview's render. `python -m tests.bench.bench_render [--looks a,b] [--again]`

Each row is a fresh process on one 1280x720 clip, beside a plain PyAV transcode (decode, libx264 superfast crf
20) made right before it, so that a busy machine slows both: the ratio is the figure to compare. `still` is
the time from the call to the first finished frame; with `--again` of the second edit of the clip, for which
is kept what the first one saw.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "examples" / "clips" / "person_park_1280x720.mp4"
ELEMENT = ROOT / "examples" / "refs" / "raccoon_1024x768.jpg"
BUNNY = ROOT / "examples" / "clips" / "bunny_1280x720.mp4"
SCENES = {
    "background swap": (CLIP, "Replace the background with a tropical beach"),
    "background picture": (CLIP, "Replace the background with @Image1"),
    "subject": (CLIP, "Replace the person with @Element1"),
    "chosen person": (CLIP, "Put the walking woman on Mars"),
    "removal": (CLIP, "Remove the walking woman"),
    "any subject": (BUNNY, "Put the rabbit on the moon"),
    "part colour": (BUNNY, "Make the rabbit bright red"),
    "part look": (CLIP, "Turn only the background black and white"),
    "ground": (BUNNY, "Cover the ground with snow"),
}


def transcode(clip: Path, out: Path) -> float:
    """Frames per second of decode and encode alone."""
    import av

    begun, frames = time.perf_counter(), 0
    with av.open(str(clip)) as source, av.open(str(out), "w", options={"movflags": "+faststart"}) as target:
        video = source.streams.video[0]
        video.thread_type = "AUTO"
        stream = target.add_stream("libx264", rate=video.average_rate)
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
        stream.options = {"preset": "superfast", "crf": "20"}
        for frame in source.decode(video):
            frame.pict_type = 0
            target.mux(stream.encode(frame))
            frames += 1
        target.mux(stream.encode())
    return frames / (time.perf_counter() - begun)


def measure(name: str, memory: str = "") -> dict:
    """One render in this process."""
    with tempfile.TemporaryDirectory() as folder:
        clip, prompt = SCENES.get(name, (CLIP, ""))
        plain = transcode(clip, Path(folder) / "plain.mp4")
        # What a worker of the engine has from its fork server.
        from modules.preview import preload, render, steps  # noqa: F401
        from modules.preview.prompt.plan import Look, Plan

        if not prompt:
            steps.direct = lambda *_, **__: Plan(looks=() if name == "nothing" else (Look(name, name),))
        still: list[float] = []
        images = (str(ROOT / "examples" / "refs" / "sunset.jpg"),) if "@Image1" in prompt else ()
        elements = ((str(ELEMENT), ()),) if "@Element1" in prompt else ()
        payload = {"prompt": prompt, "duration": "5", "aspect_ratio": "16:9", "mode": "pro"}
        task = render.RenderTask(
            str(clip), folder + "/out.mp4", folder + "/still.jpg", payload, images, elements, memory
        )
        begun, cpu = time.perf_counter(), time.process_time()
        report = render.render(task, on_still=lambda _: still.append(time.perf_counter() - begun))
        took = time.perf_counter() - begun
    return {
        "name": name,
        "fps": report.frames / took,
        "transcode": plain,
        "ratio": report.frames / took / plain,
        "cpu_ms": (time.process_time() - cpu) / report.frames * 1000,
        "still": still[0],
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "fallbacks": report.plan["fallbacks"],
    }


def measured(name: str, repeat: int, *, again: bool = False) -> dict:
    """The run with the middle ratio, of some, each in a process of its own. `again`: of the second edit
    of the clip, for which the engine has kept what it saw. RuntimeError when one fails."""
    runs = []
    command = [sys.executable, "-m", "tests.bench.bench_render", "--one", name]
    with tempfile.TemporaryDirectory() as memory:
        command += ["--memory", memory] if again else []
        for _ in range(repeat + again):
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                said = done.stderr.strip().splitlines() or ["no message"]
                raise RuntimeError(f"{name} failed: {said[-1]}")
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    return sorted(runs[again:], key=lambda run: run["ratio"])[repeat // 2]


TELLING = {
    "nothing": "nothing asked for",
    "cyberpunk": "cyberpunk night",
    "watercolour": "watercolour",
    "background swap": "a new background",
    "any subject": "an animal on the moon",
    "removal": "somebody taken out",
}
"""Of the looks and SCENES, those that stand for the others."""


def figures(quick: bool = False) -> list[Figure]:
    told = []
    for name, title in TELLING.items():
        row = measured(name, 1 if quick else 3)
        told.append(
            Figure(
                "Speed of the preview's render, 720p",
                title,
                row["fps"],
                "fps",
                row["transcode"],
                "plain transcode",
                better="higher",
            )
        )
    return told


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.bench_render", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--looks", help="names, separated by commas (default: all, and the scenes)")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the median by ratio is shown")
    parser.add_argument("--again", action="store_true", help="of the second edit of the clip")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--memory", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if options.one:
        print(json.dumps(measure(options.one, options.memory)))
        return
    from modules.preview.effects.looks import LOOKS

    names = options.looks.split(",") if options.looks else ["nothing", *LOOKS, *SCENES]
    print(
        "| render | fps | transcode fps | ratio | CPU ms a frame | first still s | peak MB "
        "|\n|---|---|---|---|---|---|---|"
    )
    ratios = []
    for name in names:
        try:
            row = measured(name, options.repeat, again=options.again)
        except RuntimeError as error:
            print(f"| {error} |")
            continue
        ratios.append(row["ratio"])
        note = " (fell back)" if row["fallbacks"] else ""
        print(
            f"| {name}{note} | {row['fps']:.1f} | {row['transcode']:.0f} | {row['ratio']:.2f} | "
            f"{row['cpu_ms']:.0f} | {row['still']:.2f} | {row['rss_mb']:.0f} |",
            flush=True,
        )
    if ratios:
        print(f"\nmedian ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
