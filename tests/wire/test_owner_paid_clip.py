"""An owner pays for the clip that was measured here, whatever the index of the visitor's file claims."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest

from modules.edit.framing import Framing
from modules.edit.price import estimate
from modules.edit.request import EditRequest
from modules.jobs.build import build_runner
from modules.jobs.job import Job
from modules.jobs.run.media_gateway import MediaGateway
from modules.jobs.run.poll_schedule import PollSchedule
from modules.jobs.runner import Runner
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.sandbox.pool import MediaWorkers
from modules.secret import Secret
from modules.segmind.asset_upload import upload
from tests.support.media_samples import clip
from tests.support.studio_app import CLIPS, KEY
from tests.support.waiting import until
from tests.support.wire_room import Engines

SECONDS, CLAIMED, RATE = 20, 3, 30
FITTING = CLIPS / "person_park_1280x720.mp4"
"""Five seconds, in a shape that is sent as it is."""


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory) -> bytes:
    """600 frames in the shape and at the rate that are sent as they are."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    return clip(path, 1280, 720, SECONDS, RATE, options={"preset": "ultrafast"}).read_bytes()


def boxes(data: bytes, *names: bytes) -> list[int]:
    """Where the payloads of these boxes of version 0 begin."""
    return [at + 4 for name in names for at in range(len(data)) if data.startswith(name, at)]


def duration_of_the_track(data: bytes) -> bytes:
    """The track claims 3 s in its mdhd; nothing else is changed."""
    changed = bytearray(data)
    for at in boxes(data, b"mdhd"):
        scale = struct.unpack_from(">I", data, at + 12)[0]
        struct.pack_into(">I", changed, at + 16, CLAIMED * scale)
    return bytes(changed)


def durations_everywhere(data: bytes) -> bytes:
    """Movie and track both claim 3 s."""
    changed = bytearray(duration_of_the_track(data))
    for at in boxes(data, b"mvhd"):
        scale = struct.unpack_from(">I", data, at + 12)[0]
        struct.pack_into(">I", changed, at + 16, CLAIMED * scale)
    for at in boxes(data, b"tkhd"):
        struct.pack_into(">I", changed, at + 20, CLAIMED * 1000)
    return bytes(changed)


def a_faster_clock(data: bytes) -> bytes:
    """The track's clock runs faster, so that its 600 frames are 3 s by their times."""
    changed = bytearray(data)
    for at in boxes(data, b"mdhd"):
        scale = struct.unpack_from(">I", data, at + 12)[0]
        struct.pack_into(">I", changed, at + 12, scale * SECONDS // CLAIMED)
    return bytes(changed)


def sent(path: Path) -> tuple[int, float]:
    """Frames and seconds of what was uploaded, by its packets."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
    return len(packets), sum(packet.duration or 0 for packet in packets) * float(stream.time_base)


@contextmanager
def studio(folder: Path, upstream) -> Iterator[Runner]:
    """A runner with the real media workers."""
    with MediaWorkers(max_workers=1) as workers:
        media = MediaGateway(workers, SafeFetcher(frozenset()), lambda url: SafeFetcher(frozenset()))
        runner = build_runner(folder, Engines(upstream), media, upload, schedule=PollSchedule(scale=0.005))
        try:
            yield runner
        finally:
            runner.close()


def edited(
    runner: Runner, upstream, request: EditRequest, key: Secret | None, folder: Path
) -> tuple[Job, Path]:
    """The job at its end, and the clip as it was uploaded for it."""
    job_id = runner.start(request, Framing(), "anna", key, "segmind")
    job = until(lambda: (now := runner.get(job_id)).terminal and now)
    assert upstream.accepted, job.error
    name = upstream.accepted[-1].payload["video_url"].rsplit("/", 1)[-1]
    file = folder / f"{job_id}.mp4"
    file.write_bytes(next(data for known, (_, data) in upstream.uploads.items() if name in known and data))
    return job, file


@pytest.mark.parametrize("change", [duration_of_the_track, durations_everywhere, a_faster_clock])
@pytest.mark.parametrize("duration", ["3", "15"])
def test_a_header_that_claims_less_cannot_make_an_owner_pay_for_more(
    tmp_path, upstream, long_clip, change, duration
):
    chosen = tmp_path / "clip.mp4"
    chosen.write_bytes(change(long_clip))
    request = EditRequest(prompt="winter", video_url=str(chosen), mode="std", duration=duration)
    with studio(tmp_path / "data", upstream) as runner:
        job, file = edited(runner, upstream, request, None, tmp_path)
    paid, (frames, seconds) = int(upstream.accepted[0].payload["duration"]), sent(file)
    assert paid <= int(duration) and abs(seconds - paid) < 0.2 and frames <= (paid + 0.2) * 60
    assert job.estimate_usd == pytest.approx(estimate(request.with_duration(paid), "segmind").usd)


def test_an_owner_never_pays_for_the_packets_of_a_visitor(tmp_path, upstream):
    """A visitor who pays may have a clip that fits copied; what the owner pays for is always written anew."""
    request = EditRequest(prompt="winter", video_url=str(FITTING), aspect_ratio="16:9")
    with studio(tmp_path / "data", upstream) as runner:
        _, owners = edited(runner, upstream, request, None, tmp_path)
        _, visitors = edited(runner, upstream, request, Secret(KEY), tmp_path)
    assert pictures(visitors) == pictures(FITTING)
    assert not set(pictures(owners)) & set(pictures(FITTING))
    assert abs(sent(owners)[1] - sent(visitors)[1]) < 0.1


def pictures(path: Path) -> list[bytes]:
    """The packets of the picture."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]
