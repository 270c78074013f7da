"""Interlaced clips: how they are recognised, and how whole pictures are made of their fields."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

import av
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_CODECS = frozenset(
    [
        "h264",
        "hevc",
        "mpeg2video",
        "mpeg4",
        "vc1",
        "prores",
        "dnxhd",
        "mjpeg",
        "ffv1",
        "utvideo",
        "huffyuv",
        "ffvhuff",
        "rawvideo",
    ]
)
_TALLEST = 1088
"""Stored lines; nothing taller was ever recorded interlaced."""
_LOOKED_AT = 10
_FEWEST = 3
FIELD_ORDERS = ("tff", "bff")


def field_order(stream: VideoStream, frames: Iterable[VideoFrame]) -> str:
    """`tff` or `bff` (which field is the earlier one) when the first of `frames` are interlaced, `flagged`
    when they only say so, else `""`.

    Many cameras and converters do not mark what they weave, so that the lines themselves are looked at too,
    by FFmpeg's idet. Standing pictures tell nothing.
    """
    if stream.codec_context.name not in _CODECS or not 0 < stream.height <= _TALLEST:
        return ""
    graph, flagged, found = None, False, Counter[str]()
    for frame in islice(frames, _LOOKED_AT):
        flagged = flagged or frame.interlaced_frame
        graph = graph or _graph(frame, "idet", "")
        found.update(
            str(seen.metadata.get("lavfi.idet.multiple.current_frame")) for seen in _sent(graph, frame)
        )
    order = max(FIELD_ORDERS, key=lambda name: found[name])
    woven = sum(found[name] for name in FIELD_ORDERS)
    if found[order] >= _FEWEST and woven > found["progressive"]:
        return order
    return "flagged" if flagged else ""


def deinterlaced(
    frames: Iterable[tuple[float, VideoFrame]], order: str
) -> Iterator[tuple[float, VideoFrame]]:
    """`frames` with their times, each made whole from its earlier field (FFmpeg's bwdif).

    `order`: as `field_order` gives it; with `flagged` only the frames that say so are touched. A change of
    size begins anew.
    """
    parity, which = (order, "all") if order in FIELD_ORDERS else ("auto", "interlaced")
    graph, like = None, None
    waiting: list[tuple[float, VideoFrame]] = []
    for now, frame in frames:
        if graph is None or like != (frame.width, frame.height, frame.format.name):
            yield from _rest(graph, waiting)
            graph = _graph(frame, "bwdif", f"mode=send_frame:parity={parity}:deint={which}")
            like, waiting = (frame.width, frame.height, frame.format.name), []
        waiting.append((now, frame))
        for whole in _sent(graph, frame):
            yield _in_place_of(waiting.pop(0), whole)
    yield from _rest(graph, waiting)


def _rest(graph: Graph | None, waiting: list[tuple[float, VideoFrame]]) -> Iterator[tuple[float, VideoFrame]]:
    if graph is not None:
        for whole in _sent(graph, None):
            if waiting:
                yield _in_place_of(waiting.pop(0), whole)


def _in_place_of(original: tuple[float, VideoFrame], whole: VideoFrame) -> tuple[float, VideoFrame]:
    now, frame = original
    whole.pts, whole.time_base, whole.duration = frame.pts, frame.time_base, frame.duration
    return now, whole


def _graph(frame: VideoFrame, name: str, options: str) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    step, sink = graph.add(name, options), graph.add("buffersink")
    source.link_to(step)
    step.link_to(sink)
    graph.configure()
    return graph


def _sent(graph: Graph, frame: VideoFrame | None) -> Iterator[VideoFrame]:
    graph.push(frame)
    while True:
        try:
            pulled = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(pulled, VideoFrame)
        yield pulled
