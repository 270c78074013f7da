"""What is said of a reference picture before it is sent, and that it is what then happens."""

import numpy as np
import pytest
from PIL import Image

from modules.media.errors import MediaError
from modules.media.fit.picture_report import picture_report
from modules.media.read.picture import normalise
from modules.media.sandbox.pool import MediaWorkers
from tests.support.media_samples import heic, pictures


def picture(width=640, height=480, mode="RGB") -> Image.Image:
    return Image.fromarray(next(pictures(width, height, 1))).convert(mode)


def saved(path, image, **options) -> str:
    image.save(path, **options)
    return str(path)


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_an_ordinary_picture_is_not_worth_a_word(tmp_path, name):
    assert picture_report(saved(tmp_path / name, picture())) == []


def test_a_phones_picture_that_is_only_turned_is_not_worth_a_word(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    assert picture_report(saved(tmp_path / "a.jpg", picture(), exif=exif)) == []


def test_a_small_picture_is_said_to_become_as_large_as_it_then_is(tmp_path):
    source = saved(tmp_path / "a.png", picture(200, 150))
    (sentence,) = picture_report(source)
    facts = normalise(source, tmp_path / "out")
    assert sentence.startswith("The picture is only 200x150 px and will be enlarged to")
    assert f"{facts.width}x{facts.height}" in sentence


def test_a_large_picture_is_said_to_become_smaller_by_its_upright_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    source = saved(tmp_path / "a.jpg", Image.new("RGB", (9000, 4500), "teal"), exif=exif)
    facts = normalise(source, tmp_path / "out")
    assert (facts.width, facts.height) == (2048, 4096)
    assert picture_report(source) == ["The picture has 4500x9000 px and will be scaled down to 2048x4096."]


@pytest.mark.parametrize(("size", "said"), [((1300, 100), "13.0:1"), ((400, 1600), "4.0:1")])
def test_a_long_shape_is_said_with_its_ratio(tmp_path, size, said):
    report = " ".join(picture_report(saved(tmp_path / "a.png", picture(*size))))
    assert said in report and "gets a margin" in report


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".webp", "WebP"),
        (".avif", "AVIF"),
        (".gif", "GIF"),
        (".bmp", "BMP"),
        (".tiff", "TIFF"),
        (".jp2", "JPEG 2000"),
    ],
)
def test_another_kind_is_said_to_become_what_it_becomes(tmp_path, suffix, kind):
    source = saved(tmp_path / f"a{suffix}", picture())
    assert picture_report(source) == [f"{kind} is converted to JPEG."]
    assert normalise(source, tmp_path / "out").path.endswith(".jpg")


def test_a_heic_picture_is_said_to_become_a_jpeg(tmp_path):
    assert "HEIC is converted to JPEG." in picture_report(str(heic(tmp_path / "a.heic")))


def test_a_cut_out_is_said_to_become_a_png(tmp_path):
    cut_out = picture(mode="RGBA")
    cut_out.putalpha(Image.fromarray((np.indices((480, 640))[1] > 320).astype(np.uint8) * 255))
    source = saved(tmp_path / "a.webp", cut_out)
    assert picture_report(source) == ["WebP is converted to PNG."]
    assert normalise(source, tmp_path / "out").path.endswith(".png")


def test_an_animation_and_colours_for_print_are_said(tmp_path):
    frames = [Image.new("RGB", (400, 400), colour) for colour in ("red", "blue")]
    moving = saved(tmp_path / "a.png", frames[0], save_all=True, append_images=frames[1:])
    assert picture_report(moving) == ["The picture moves; only its first frame is used."]
    (printed,) = picture_report(saved(tmp_path / "a.jpg", picture(mode="CMYK")))
    assert "CMYK" in printed


def test_a_report_writes_nothing_and_refuses_what_a_sending_refuses(tmp_path):
    saved(tmp_path / "a.png", picture(100, 100))
    assert picture_report(str(tmp_path / "a.png")) and [path.name for path in tmp_path.iterdir()] == ["a.png"]
    (tmp_path / "b.jpg").write_bytes(b"no picture")
    with pytest.raises(MediaError):
        picture_report(str(tmp_path / "b.jpg"))
    with pytest.raises(MediaError):
        picture_report(str(tmp_path / "gone.jpg"))


def test_a_worker_makes_the_report(tmp_path):
    source = saved(tmp_path / "a.png", picture(200, 150))
    with MediaWorkers(max_workers=1) as workers:
        assert workers.run(picture_report, source) == picture_report(source)
