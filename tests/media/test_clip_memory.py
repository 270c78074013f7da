"""Pictures of a clip are given back as they are used, and not when the garbage collector happens to come."""

import gc

from av.video.frame import VideoFrame

from modules.edit.framing import Framing
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import probe
from tests.support.media_samples import clip


def test_no_picture_waits_for_the_garbage_collector(tmp_path):
    source = clip(tmp_path / "a.mp4", 640, 480, 1, rotation=90)
    gc.collect()
    gc.disable()
    try:
        plan = plan_conform(probe(source), 3, "16:9", Framing(short="loop"))
        assert plan.needed
        conform(source, tmp_path / "b.mp4", plan, keep_audio=False)
        left = sum(isinstance(one, VideoFrame) for one in gc.get_objects())
    finally:
        gc.enable()
    assert left == 0
