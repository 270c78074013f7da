"""Speed of the intake room: clips looked at and fitted. Run: python -m tests.bench.bench_media [folder]

Everything is made on the spot. Ratios are taken inside one run, so that a busy machine changes both sides.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av

from modules.edit.framing import Framing
from modules.media.fit.conform import QUALITY, conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import probe
from modules.media.read.picture import normalise
from modules.media.sandbox.pool import MediaWorkers
from tests.bench.figure import Figure
from tests.support.media_samples import EXAMPLES, clip, heavy
from tests.support.web_site import Site, body

MB = 2**20


def best(call: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Shortest time of some rounds, in seconds, and the last result."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - begin)
    return min(times), result


def plain_transcode(source: Path, target: Path) -> int:
    """Decode and encode every frame as it is, with the encoder settings of conforming; the number of
    frames."""
    count = 0
    with av.open(str(source)) as container, av.open(str(target), "w") as output:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        out = output.add_stream("libx264", rate=stream.average_rate, options=dict(QUALITY))
        out.width, out.height, out.pix_fmt = stream.width, stream.height, "yuv420p"
        for frame in container.decode(stream):
            frame.pict_type = 0
            output.mux(out.encode(frame))
            count += 1
        output.mux(out.encode(None))
    return count


def probing(folder: Path, megabytes: int = 200, rounds: int = 3) -> dict[str, Any]:
    large = heavy(folder / "large.mp4", megabytes * MB, quantiser=48)
    with MediaWorkers() as workers:
        workers.run(probe, large)
        in_worker, _ = best(lambda: workers.run(probe, large), rounds)
    seconds, facts = best(lambda: probe(large), rounds)
    late = heavy(folder / "late.mp4", megabytes * MB, faststart=False, quantiser=48)
    seconds_late, _ = best(lambda: probe(late), rounds)
    return {
        "file_bytes": facts.size_bytes,
        "probe_ms": round(seconds * 1000, 1),
        "index_at_end_ms": round(seconds_late * 1000, 1),
        "in_worker_ms": round(in_worker * 1000, 1),
        "bytes_read": facts.bytes_read,
    }


def cost(call: Callable[[], int], rounds: int) -> tuple[float, float]:
    """(frames a second, processor milliseconds a frame): the best of some rounds each. The second hardly
    depends on what else the machine is doing."""
    rates, costs = [], []
    for _ in range(rounds):
        begin, used = time.perf_counter(), time.process_time()
        frames = call()
        rates.append(frames / (time.perf_counter() - begin))
        costs.append((time.process_time() - used) * 1000 / frames)
    return max(rates), min(costs)


def conforming(folder: Path, rounds: int = 3) -> dict[str, Any]:
    source = EXAMPLES / "clips" / "city_night_1280x720.mp4"
    plain_rate, plain_cost = cost(lambda: plain_transcode(source, folder / "plain.mp4"), rounds)
    out: dict[str, Any] = {"plain_transcode": {"fps": round(plain_rate, 1), "cpu_ms": round(plain_cost, 1)}}
    large = clip(folder / "uhd.mp4", 3840, 2160, 3.4, 24)
    cases = {
        "same_size_trimmed": (source, "16:9", Framing(start=0.5)),
        "crop_9x16_following": (source, "9:16", Framing()),
        "pad_1x1": (source, "1:1", Framing(fit="pad")),
        "uhd_down": (large, "16:9", Framing()),
    }
    for name, (path, ratio, framing) in cases.items():
        plan = plan_conform(probe(path), 3, ratio, framing)
        rate, milliseconds = cost(
            lambda path=path, plan=plan: conform(path, folder / "out.mp4", plan, keep_audio=True).frames,
            rounds,
        )
        out[name] = {
            "size": f"{plan.width}x{plan.height}",
            "fps": round(rate, 1),
            "cpu_ms": round(milliseconds, 1),
            "cpu_to_plain": round(milliseconds / plain_cost, 2),
        }
    return out


def remote(folder: Path, megabytes: int = 50) -> dict[str, Any]:
    out = {}
    site = Site()
    try:
        for name, faststart, quantiser in (
            ("index_first", True, 48),
            ("index_last", False, 48),
            ("index_last_huge_frames", False, 1),
        ):
            data = heavy(
                folder / f"{name}.mp4", megabytes * MB, faststart=faststart, quantiser=quantiser
            ).read_bytes()
            site.pages["/a.mp4"] = body(data)
            site.asked.clear()
            facts = site.fetcher().probe_clip("http://clips.example/a.mp4")
            out[name] = {
                "file_bytes": len(data),
                "bytes_fetched": facts.bytes_read,
                "requests": len(site.asked),
            }
    finally:
        site.server.shutdown()
        site.server.server_close()
    return out


def pictures(folder: Path) -> dict[str, Any]:
    source = next((EXAMPLES / "refs").glob("forest*.jpg"))
    seconds, facts = best(lambda: normalise(source, folder), 3)
    return {"size": f"{facts.width}x{facts.height}", "normalise_ms": round(seconds * 1000, 1)}


def workers() -> dict[str, Any]:
    begin = time.perf_counter()
    with MediaWorkers(warm=False) as pool:
        pool.run(abs, -1)
        cold = time.perf_counter() - begin
        warm, _ = best(lambda: pool.run(abs, -1), 20)
    return {"first_call_ms": round(cold * 1000), "next_call_ms": round(warm * 1000, 2)}


def figures(quick: bool = False) -> list[Figure]:
    rounds, megabytes = (1, 20) if quick else (3, 200)
    with tempfile.TemporaryDirectory(prefix="bench-media-") as name:
        folder = Path(name)
        fitted = conforming(folder, rounds)
        probed = probing(folder, megabytes, rounds)
        asked = remote(folder, megabytes // 4)["index_last"]
    plain, uhd = fitted["plain_transcode"]["cpu_ms"], fitted["uhd_down"]
    cases = (
        ("same size, trimmed", fitted["same_size_trimmed"]),
        ("crop that follows", fitted["crop_9x16_following"]),
        (f"4K to {uhd['size']}", uhd),
    )
    group = "Fitting a clip, processor time a frame"
    told = [Figure(group, name, case["cpu_ms"], "ms", plain, "plain transcode") for name, case in cases]
    for name, read, whole in (
        ("of a file on disk", probed["bytes_read"], probed["file_bytes"]),
        ("of a file at an address", asked["bytes_fetched"], asked["file_bytes"]),
    ):
        told.append(Figure("Read to learn what a clip is", name, read / MB, "MB", whole / MB, "the file"))
    return told


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="bench-media-", dir=sys.argv[1] if len(sys.argv) > 1 else None))
    try:
        measured = {
            "probe": probing(folder),
            "conform": conforming(folder),
            "remote_probe": remote(folder),
            "picture": pictures(folder),
            "workers": workers(),
        }
    finally:
        shutil.rmtree(folder)
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
