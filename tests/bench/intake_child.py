"""The part of `bench_intake` that runs in a process of its own, with the modules of any commit: fitting,
rendering and a plain transcode of one clip, in seconds, as JSON. Imports nothing of the tests."""

import inspect
import json
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av

PROMPTS = {"look": "Turn it into a comic", "background": "Replace the background with a tropical beach"}


def plain_transcode(source: Path, target: Path, seconds: float = 5.0) -> float:
    """Seconds for decoding, scaling to 1280x720 and encoding the first `seconds` of a clip."""
    begun = time.perf_counter()
    with av.open(str(source)) as container, av.open(str(target), "w") as output:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        out = output.add_stream("libx264", rate=30, options={"preset": "veryfast", "crf": "18"})
        out.width, out.height, out.pix_fmt = 1280, 720, "yuv420p"
        for index, frame in enumerate(container.decode(stream)):
            if index >= seconds * 30:
                break
            frame = frame.reformat(1280, 720, "yuv420p")
            frame.pts, frame.time_base, frame.pict_type = index, Fraction(1, 30), 0
            output.mux(out.encode(frame))
        output.mux(out.encode(None))
    return time.perf_counter() - begun


def in_one_process(clip: Path) -> dict[str, float]:
    """Seconds of the transcode, of the fitting and of renders, by the modules of the working folder."""
    from modules.edit.framing import Framing
    from modules.media.fit.conform import conform
    from modules.media.fit.conform_plan import plan_conform
    from modules.media.read.clip import probe
    from modules.preview import preload, render  # noqa: F401 # what a worker of the engine has already

    took: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        fitted = Path(folder) / "fitted.mp4"
        took["transcode"] = plain_transcode(clip, Path(folder) / "plain.mp4")
        plan = plan_conform(probe(clip), 5, "16:9", Framing())
        quick = {"draft": True} if "draft" in inspect.signature(conform).parameters else {}
        begun, used = time.perf_counter(), time.process_time()
        conform(clip, fitted, plan, keep_audio=True, **quick)
        took["fit"], fitting = time.perf_counter() - begun, time.process_time() - used
        for name, prompt in PROMPTS.items():
            payload = {"prompt": prompt, "duration": "5", "aspect_ratio": "16:9", "mode": "std"}
            begun, used = time.perf_counter(), time.process_time()
            render.render(render.RenderTask(str(fitted), folder + "/out.mp4", folder + "/s.jpg", payload))
            took[f"render {name}"] = time.perf_counter() - begun
            took[name] = took["fit"] + took[f"render {name}"]
            took[f"{name} cpu"] = fitting + time.process_time() - used
    return took


if __name__ == "__main__":
    print(json.dumps(in_one_process(Path(sys.argv[1]))))
