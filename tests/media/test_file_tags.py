"""Tags in an MP4: its packets stay bit for bit, its index comes first, and a file not known is left alone."""

import random
import shutil
from pathlib import Path

import av
import pytest

from modules.edit.file_settings import settings_in, settings_tags
from modules.edit.framing import Framing
from modules.edit.request import EditRequest
from modules.media.errors import MediaError
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.fit.file_tags import tag
from modules.media.read.clip import probe
from tests.support.media_samples import BUNNY, PARK, clip

ASKED = EditRequest(prompt='<script>alert("雪")</script> & "quotes"', mode="std", keep_audio=True)
TAGS = settings_tags(ASKED, "segmind", "abcdef0123", 0.0)


def packets(path: Path) -> list[tuple]:
    with av.open(str(path)) as container:
        return [
            (p.stream.index, p.pts, p.dts, p.duration, p.is_keyframe, bytes(p)) for p in container.demux()
        ]


def metadata(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return dict(container.metadata)


def order(path: Path) -> list[bytes]:
    """The kinds of the boxes of a file."""
    data, at, kinds = path.read_bytes(), 0, []
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4])
    return kinds


def made(path: Path, kind: str) -> Path:
    options = {"index last": {"faststart": False}, "with sound": {"sound": True}}
    if kind in options:
        return clip(path, seconds=2, **options[kind])
    if kind == "reordered frames":
        return clip(path, seconds=2, options={"bf": "3", "preset": "medium"})
    return Path(shutil.copy({"of a camera": BUNNY, "of an encoder": PARK}[kind], path))


@pytest.mark.parametrize(
    "kind", ["of an encoder", "of a camera", "with sound", "index last", "reordered frames"]
)
def test_packets_stay_and_the_tags_can_be_read(tmp_path, kind):
    path = made(tmp_path / "result.mp4", kind)
    before, facts, others = packets(path), probe(path), metadata(path)
    assert tag(path, TAGS)
    assert packets(path) == before and order(path).index(b"moov") < order(path).index(b"mdat")
    told = metadata(path)
    assert {name: told[name] for name in TAGS} == TAGS and told.keys() <= others.keys() | TAGS.keys() | {
        "encoder"
    }
    after = probe(path)
    assert (after.seconds, after.fps, after.frames) == (facts.seconds, facts.fps, facts.frames)
    assert after.made_with.request == ASKED and facts.made_with is None


def test_tags_are_replaced_and_not_piled_up(tmp_path):
    path = made(tmp_path / "result.mp4", "with sound")
    tag(path, TAGS)
    size, before = path.stat().st_size, packets(path)
    tag(path, TAGS)
    assert path.stat().st_size == size
    tag(path, settings_tags(EditRequest(prompt="another"), "preview", "", 0.0))
    assert settings_in(metadata(path)).request.prompt == "another"
    assert packets(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_of_another_kind_is_left_as_it_is(tmp_path):
    webm = clip(tmp_path / "a.webm", seconds=1, codec="libvpx")
    words = tmp_path / "c.mp4"
    words.write_text("not a video at all")
    empty = tmp_path / "d.mp4"
    empty.touch()
    for path in (webm, words, empty):
        before = path.read_bytes()
        with pytest.raises(MediaError):
            tag(path, TAGS)
        assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_file_is_left_as_it_is_or_written_with_the_same_packets(tmp_path):
    rng, path = random.Random(7), tmp_path / "result.mp4"
    seeds = [
        made(tmp_path / f"{n}.mp4", kind).read_bytes() for n, kind in enumerate(("with sound", "index last"))
    ]
    outcomes = set()
    for number in range(150):
        data = bytearray(seeds[number % 2])
        index = data.find(b"moov")
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(max(0, index - 8), min(len(data), index + 3000))
            data[at] = rng.choice((0, 1, 255, rng.randrange(256)))
        path.write_bytes(data)
        try:
            tag(path, TAGS)
            outcomes.add("written")
        except MediaError:
            outcomes.add("left")
            assert path.read_bytes() == data
    assert outcomes == {"written", "left"}
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("fits", [True, False])
def test_a_result_that_is_sent_again_carries_nothing_of_it(tmp_path, fits):
    source = Path(shutil.copy(PARK, tmp_path / "result.mp4"))
    tag(source, TAGS)
    plan = plan_conform(probe(source), 5 if fits else 3, "16:9", Framing())
    sent = conform(source, tmp_path / "sent.mp4", plan, keep_audio=False)
    assert sent.made_with is None and plan.needed is not fits
    assert b"script" not in (tmp_path / "sent.mp4").read_bytes()
