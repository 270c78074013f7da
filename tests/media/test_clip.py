"""What the probe says about odd clips, and that it cannot be led to other files."""

import time
from fractions import Fraction

import av
import pytest

from modules.edit.framing import Framing
from modules.media.errors import MediaError
from modules.media.fit.clip_report import clip_report
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import ClipFacts, probe
from modules.media.read.file_types import sniff
from modules.media.read.opening import opened
from modules.media.read.stills import contact_sheet, poster
from tests.support.media_samples import BUNNY, PARK, clip, heavy, sound_only, truncated
from tests.support.pointing_clip import pointing_clip


def test_an_ordinary_clip_is_described(tmp_path):
    facts = probe(BUNNY)
    assert (facts.width, facts.height, facts.fps) == (1280, 720, 25.0)
    assert facts.seconds == pytest.approx(5.28, abs=0.01)
    assert (facts.video_codec, facts.pix_fmt, facts.audio_codec, facts.container) == (
        "h264",
        "yuv420p",
        "aac",
        "mp4",
    )
    assert not facts.hdr and not facts.broken and not facts.variable_fps and facts.rotation == 0
    assert facts.size_bytes == BUNNY.stat().st_size


@pytest.mark.parametrize(("rotation", "shown"), [(90, (96, 160)), (180, (160, 96)), (270, (96, 160))])
def test_a_phone_clip_is_measured_as_it_is_shown(tmp_path, rotation, shown):
    facts = probe(clip(tmp_path / "a.mp4", 160, 96, 0.4, rotation=rotation))
    assert (facts.width, facts.height) == shown
    assert facts.rotation == rotation and not facts.mirrored


def test_a_mirrored_clip_is_recognised(tmp_path):
    facts = probe(clip(tmp_path / "a.mov", 160, 96, 0.4, mirrored=True))
    assert facts.mirrored and facts.rotation == 0 and facts.container == "mov"


def test_wide_pixels_count_into_the_width(tmp_path):
    facts = probe(clip(tmp_path / "a.mp4", 144, 96, 0.4, shape=Fraction(4, 3)))
    assert (facts.width, facts.height) == (192, 96)


@pytest.mark.parametrize(("transfer", "hdr"), [(16, True), (18, True), (1, False)])
def test_hdr_is_told_by_the_transfer_curve(tmp_path, transfer, hdr):
    assert probe(clip(tmp_path / "a.mp4", 160, 96, 0.3, pix_fmt="yuv420p10le", transfer=transfer)).hdr is hdr


def test_uneven_timing_is_noticed_and_millisecond_rounding_is_not(tmp_path):
    uneven = probe(clip(tmp_path / "a.mp4", 160, 96, 2, gaps=[0.02, 0.02, 0.08]))
    assert uneven.variable_fps and uneven.fps == pytest.approx(25, abs=0.5)
    rounded = probe(clip(tmp_path / "b.webm", 160, 96, 2, 30, codec="libvpx-vp9"))
    assert not rounded.variable_fps and rounded.fps == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "container"),
    [
        ("a.mkv", "ffv1", "yuv444p", "matroska"),
        ("a.mov", "prores_ks", "yuv422p10le", "mov"),
        ("a.avi", "mpeg4", "yuv420p", "avi"),
        ("a.webm", "libvpx-vp9", "yuv420p", "webm"),
        ("a.gif", "gif", "rgb8", "gif"),
        ("a.flv", "flv", "yuv420p", "flv"),
        ("a.ts", "mpeg2video", "yuv420p", "mpegts"),
    ],
)
def test_other_containers_and_codecs_are_read(tmp_path, name, codec, pix_fmt, container):
    facts = probe(clip(tmp_path / name, 160, 96, 1, codec=codec, pix_fmt=pix_fmt))
    assert (facts.width, facts.height, facts.container) == (160, 96, container)
    assert facts.seconds == pytest.approx(1.0, abs=0.1) and facts.fps == pytest.approx(25, abs=0.2)


def test_hevc_is_read(tmp_path):
    assert probe(clip(tmp_path / "a.mp4", 320, 240, 0.4, codec="libx265")).video_codec == "hevc"


def test_the_name_of_a_file_is_not_believed(tmp_path):
    disguised = tmp_path / "clip.txt"
    disguised.write_bytes(PARK.read_bytes())
    assert probe(disguised).width == 1280


def test_a_clip_cut_short_says_how_much_is_left(tmp_path):
    facts = probe(truncated(tmp_path / "b.mp4", clip(tmp_path / "a.mp4", 160, 96, 6), 0.6))
    assert "cut short" in facts.broken and 1 < facts.seconds < 5


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("hello " * 300),
        lambda path: sound_only(path),
        lambda path: truncated(path, clip(path.with_name("x.mp4"), 160, 96, 2, faststart=False), 0.6),
        lambda path: path.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 4000),
        lambda path: path.write_bytes(b"\0\0\0\x18ftypavif" + b"\0" * 4000),
    ],
)
def test_what_is_no_video_is_refused_with_advice(tmp_path, make):
    make(tmp_path / "a.mp4")
    with pytest.raises(MediaError) as caught:
        probe(tmp_path / "a.mp4")
    assert (
        any(word in caught.value.sentence for word in ("Choose", "Export"))
        and caught.value.field == "video_url"
    )


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(MediaError, match="no longer there"):
        probe(tmp_path / "gone.mp4")


LEADING = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{path}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{path}'\n",
    "dash": '<?xml version="1.0"?><MPD '
    'xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation>'
    "<BaseURL>file://{path}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "image list": "{path}\n",
}


@pytest.mark.parametrize("kind", LEADING)
def test_a_playlist_named_mp4_cannot_make_the_studio_open_other_files(tmp_path, kind):
    bait = tmp_path / "a.mp4"
    bait.write_text(LEADING[kind].format(path=PARK) + " " * 600)
    assert sniff(bait.read_bytes()[:600]) is None
    with pytest.raises(MediaError):
        probe(bait)


@pytest.fixture(params=[False, True], ids=["in its folder", "by its whole path"])
def pointing(request, tmp_path):
    """A clip whose samples are another file's."""
    other = clip(tmp_path / "other.mov", 160, 96, 0.5, faststart=False)
    return pointing_clip(tmp_path / "a.mov", other, absolute=request.param)


FOLLOWING = {"enable_drefs": "1", "use_absolute_path": "1"}
"""What makes FFmpeg follow a data reference: without the first it opens none, without the second no whole
path."""


def pictures_in(container) -> int:
    return sum(1 for _ in container.decode(video=0))


def test_ffmpeg_follows_a_reference_to_another_file_only_when_it_is_told_to(pointing):
    with av.open(str(pointing)) as container:
        assert pictures_in(container) == 0
    with av.open(str(pointing), options=FOLLOWING) as container:
        assert pictures_in(container) == 12


def test_a_container_that_points_to_another_file_gets_nothing(pointing):
    with pytest.raises(MediaError):
        probe(pointing)
    with opened(pointing) as container:
        assert pictures_in(container) == 0


@pytest.mark.parametrize("lock", ["io_open", "protocol_whitelist", None])
def test_each_lock_alone_keeps_a_following_demuxer_from_other_files(pointing, monkeypatch, lock):
    """FFmpeg is told to follow, and gets only one of the reader's locks, or none."""
    plain = av.open

    def with_one_lock(file, mode, *, io_open, options, **more):
        options = {k: v for k, v in options.items() if k in ("max_streams", lock)} | FOLLOWING
        return plain(
            str(pointing) if lock is None else file,
            mode,
            io_open=io_open if lock == "io_open" else None,
            options=options,
            **more,
        )

    monkeypatch.setattr(av, "open", with_one_lock)
    if lock is None:
        assert probe(pointing).frames == 12
    else:
        with pytest.raises(MediaError):
            probe(pointing)


def test_even_a_demuxer_that_opens_files_is_stopped(tmp_path, monkeypatch):
    """The second lock: were the concat demuxer ever chosen, its opens would still be refused."""
    script = tmp_path / "a.mp4"
    script.write_text(f"ffconcat version 1.0\nfile '{PARK}'\n" + " " * 600)
    monkeypatch.setattr("modules.media.read.opening.demuxer_of", lambda head: "concat")

    def first_picture():
        with opened(script) as container:
            return next(container.decode(video=0))

    with pytest.raises(MediaError):
        first_picture()


def test_a_huge_picture_size_is_refused_before_decoding(tmp_path):
    data = bytearray(clip(tmp_path / "a.avi", 160, 96, 0.3, codec="rawvideo", pix_fmt="bgr24").read_bytes())
    at = data.index(b"strf") + 8
    data[at + 4 : at + 12] = (30000).to_bytes(4, "little") + (30000).to_bytes(4, "little")
    (tmp_path / "b.avi").write_bytes(data)
    with pytest.raises(MediaError):
        probe(tmp_path / "b.avi")


def test_a_large_file_is_probed_from_its_headers(tmp_path):
    def seconds(clip):
        begin = time.perf_counter()
        probe(clip)
        return time.perf_counter() - begin

    path = heavy(tmp_path / "a.mp4", 60 * 2**20)
    facts = probe(path)
    assert seconds(path) < 20 * seconds(PARK)
    assert facts.bytes_read < 4 * 2**20 < facts.size_bytes


def test_the_card_marks_each_fact_and_names_its_fix(tmp_path):
    facts = ClipFacts(
        3840, 2160, 120.0, 61.0, 90, "hevc", "yuv420p10le", "aac", True, 250 * 2**20, "matroska"
    )
    plan = plan_conform(facts, 5, "16:9", Framing())
    card = {line.name: line for line in clip_report(facts, plan)}
    assert card["Size"].level == "bad" and card["Size"].fix == "3840x2160 -> 2160x1216"
    assert card["Length"].level == "warn" and card["Length"].fix == "61.0 s -> first 5 s"
    assert card["Frame rate"].fix == "120 -> 30 fps"
    assert card["Colour"].level == "warn" and card["File"].level == "warn" and card["Coding"].level == "warn"
    good = probe(PARK)
    assert {line.level for line in clip_report(good, plan_conform(good, 5, "16:9", Framing()))} == {"ok"}


def test_a_short_clip_is_red_and_its_problem_is_the_fix(tmp_path):
    facts = probe(clip(tmp_path / "a.mp4", 160, 96, 1))
    card = clip_report(facts, plan_conform(facts, 5, "16:9", Framing()))
    length = next(line for line in card if line.name == "Length")
    assert length.level == "bad" and "loop" in length.fix


def test_poster_and_sheet_are_drawn(tmp_path):
    from PIL import Image

    turned = clip(tmp_path / "a.mp4", 160, 96, 1, rotation=90)
    poster(turned, tmp_path / "p.jpg", 0.5, width=120)
    contact_sheet(PARK, turned, tmp_path / "s.png", ["A title", "and a line " * 40])
    assert Image.open(tmp_path / "p.jpg").size == (120, 200)
    sheet = Image.open(tmp_path / "s.png")
    assert sheet.format == "PNG" and sheet.width > 1500
    assert not [path for path in tmp_path.iterdir() if ".part" in path.name]


def test_the_library_stays_quiet():
    assert av.logging.get_level() is None
