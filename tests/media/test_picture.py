"""Reference pictures: what comes in, and the plain file that goes out."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from modules.media.errors import MediaError
from modules.media.read.picture import MAX_PICTURE_BYTES, normalise
from tests.support.media_samples import EXAMPLES, heic, pictures, png_claiming


def picture(width=640, height=480, mode="RGB") -> Image.Image:
    return Image.fromarray(next(pictures(width, height, 1))).convert(mode)


def saved(path, image, **options):
    image.save(path, **options)
    return path


def test_an_ordinary_picture_stays_as_large_as_it_was(tmp_path):
    facts = normalise(saved(tmp_path / "a.jpg", picture()), tmp_path / "out")
    assert (facts.width, facts.height, facts.changes, facts.warnings) == (640, 480, (), ())
    assert facts.path.endswith(".jpg") and facts.size_bytes < MAX_PICTURE_BYTES


def test_the_same_picture_gets_the_same_name(tmp_path):
    source = saved(tmp_path / "a.png", picture())
    first, second = (Path(normalise(source, tmp_path / folder).path).name for folder in ("x", "y"))
    assert first == second


def test_a_phone_picture_is_turned_upright_and_forgets_where_it_was_taken(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    exif[0x010F] = "Maker of cameras"
    facts = normalise(saved(tmp_path / "a.jpg", picture(), exif=exif, comment=b"a secret"), tmp_path / "out")
    assert (facts.width, facts.height) == (480, 640)
    assert "turned upright" in facts.changes and "metadata removed" in facts.changes
    data = Path(facts.path).read_bytes()
    assert b"Exif" not in data and b"Maker" not in data and b"secret" not in data
    assert not Image.open(facts.path).getexif()


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".webp", {}),
        (".avif", {}),
        (".gif", {}),
        (".bmp", {}),
        (".tiff", {}),
        (".png", {}),
        (".jp2", {}),
    ],
)
def test_other_kinds_become_jpeg(tmp_path, suffix, options):
    facts = normalise(saved(tmp_path / f"a{suffix}", picture(), **options), tmp_path / "out")
    assert Image.open(facts.path).format == "JPEG" and (facts.width, facts.height) == (640, 480)


def test_a_heic_picture_is_read(tmp_path):
    facts = normalise(heic(tmp_path / "a.heic"), tmp_path / "out")
    assert (facts.width, facts.height) == (400, 320) and facts.path.endswith(".jpg")
    assert "metadata removed" in facts.changes and b"Maker" not in Path(facts.path).read_bytes()
    red, green, _ = Image.open(facts.path).getpixel((380, 20))
    assert red > 200 and green < 60


def test_the_name_of_a_picture_is_not_believed(tmp_path):
    saved(tmp_path / "a.png", picture())
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert normalise(tmp_path / "a.jpg", tmp_path / "out").width == 640


def test_a_cut_out_keeps_its_alpha_and_anything_else_lands_on_white(tmp_path):
    cut_out = picture(mode="RGBA")
    cut_out.putalpha(Image.fromarray((np.indices((480, 640))[1] > 320).astype(np.uint8) * 255))
    facts = normalise(saved(tmp_path / "a.png", cut_out), tmp_path / "out")
    assert facts.path.endswith(".png") and Image.open(facts.path).getchannel("A").getextrema() == (0, 255)
    opaque = normalise(saved(tmp_path / "b.png", picture(mode="RGBA")), tmp_path / "out")
    assert opaque.path.endswith(".jpg")
    faint = picture(mode="RGBA")
    faint.putalpha(252)
    assert normalise(saved(tmp_path / "c.png", faint), tmp_path / "out").path.endswith(".jpg")


def test_a_palette_with_transparency_is_a_cut_out(tmp_path):
    image = picture().quantize(8)
    image.info["transparency"] = 0
    assert normalise(saved(tmp_path / "a.png", image, transparency=0), tmp_path / "out").path.endswith(".png")


@pytest.mark.parametrize("mode", ["CMYK", "L", "P", "1", "LA", "I;16"])
def test_every_colour_mode_becomes_rgb(tmp_path, mode):
    if mode == "I;16":
        image = Image.fromarray((np.indices((480, 640)).sum(0) * 50).astype(np.uint16))
    else:
        image = picture().convert("L").convert("LA") if mode == "LA" else picture(mode=mode)
    source = saved(tmp_path / ("a.jpg" if mode == "CMYK" else "a.png"), image)
    facts = normalise(source, tmp_path / "out")
    out = Image.open(facts.path)
    assert out.mode == "RGB" and np.asarray(out).std() > 5
    assert ("CMYK -> RGB" in facts.changes) == (mode == "CMYK")


def test_a_wide_colour_profile_is_turned_into_srgb(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    facts = normalise(saved(tmp_path / "a.png", picture(), icc_profile=profile[:100]), tmp_path / "out")
    assert "icc_profile" not in Image.open(facts.path).info


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (400, 400), colour) for colour in ("red", "blue")]
    for suffix in (".gif", ".webp", ".png"):
        frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:])
        facts = normalise(tmp_path / f"a{suffix}", tmp_path / "out")
        assert any("first frame" in change for change in facts.changes)
        red, _, blue = Image.open(facts.path).convert("RGB").getpixel((200, 200))
        assert red > 200 and blue < 60


def test_a_small_picture_is_enlarged_aloud(tmp_path):
    facts = normalise(saved(tmp_path / "a.png", picture(200, 160)), tmp_path / "out")
    assert (facts.width, facts.height) == (375, 300)
    assert "enlarged" in facts.warnings[0] and "200x160 -> 375x300" in facts.changes


@pytest.mark.parametrize("size", [(1500, 400), (1300, 100), (160, 900)])
def test_a_long_shape_gets_a_margin_in_the_colour_of_its_edges(tmp_path, size):
    facts = normalise(saved(tmp_path / "a.png", Image.new("RGB", size, (200, 30, 40))), tmp_path / "out")
    assert max(facts.width / facts.height, facts.height / facts.width) <= 2.51
    assert min(facts.width, facts.height) >= 300
    assert any("2.5:1" in warning for warning in facts.warnings)
    corner = Image.open(facts.path).convert("RGB").getpixel((1, 1))
    assert all(abs(a - b) < 8 for a, b in zip(corner, (200, 30, 40), strict=True))


def test_a_long_cut_out_gets_a_see_through_margin(tmp_path):
    ghost = Image.new("RGBA", (1200, 300), (10, 200, 10, 255))
    ghost.putpixel((0, 0), (0, 0, 0, 0))
    facts = normalise(saved(tmp_path / "a.png", ghost), tmp_path / "out")
    assert facts.height >= 480 and Image.open(facts.path).getpixel((600, 2))[3] == 0


def test_a_strip_is_refused_in_words(tmp_path):
    with pytest.raises(MediaError, match="strip of 2000:1"):
        normalise(saved(tmp_path / "a.png", picture(4000, 2)), tmp_path / "out")


@pytest.mark.parametrize("alpha", [False, True])
def test_ten_megabytes_are_kept_to(tmp_path, alpha):
    noise = np.random.default_rng(1).integers(0, 256, (2200, 2600, 4 if alpha else 3), np.uint8)
    facts = normalise(saved(tmp_path / "a.png", Image.fromarray(noise), compress_level=1), tmp_path / "out")
    assert facts.size_bytes <= MAX_PICTURE_BYTES


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (8000, 7600), (2**31 - 1, 1)])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, width, height):
    with pytest.raises(MediaError):
        normalise(png_claiming(tmp_path / "a.png", width, height), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def broken_files():
    whole = io.BytesIO()
    picture().save(whole, "JPEG")
    png = io.BytesIO()
    picture().save(png, "PNG")
    return {
        "empty": b"",
        "text": b"hello " * 100,
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        "half a JPEG": whole.getvalue()[:3000],
        "half a PNG": png.getvalue()[:3000],
        "a program": b"\x7fELF" + b"\0" * 400,
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" * 9,
        "a video": (EXAMPLES / "clips" / "dunes_966x544.mp4").read_bytes(),
    }


@pytest.mark.parametrize("kind", broken_files())
def test_what_is_no_picture_is_refused_with_advice(tmp_path, kind):
    (tmp_path / "a.jpg").write_bytes(broken_files()[kind])
    with pytest.raises(MediaError, match=r"[Cc]hoose"):
        normalise(tmp_path / "a.jpg", tmp_path / "out")
    assert not list(tmp_path.glob("out/*"))
