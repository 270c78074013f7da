"""Reference pictures: opened without trust, upright, bounded, without metadata, as JPEG or PNG."""

import hashlib
import io
import math
import struct
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from modules.media.atomic import replacing
from modules.media.errors import MediaError
from modules.media.read.file_types import HEAD_BYTES, HEIC, HEIC_SEQUENCE, sniff

try:
    import pi_heif
except ImportError:  # a Space without the wheel still takes every other kind
    pi_heif = None
else:
    pi_heif.register_heif_opener()

# A format not listed here is never tried: EPS would start a program, and rare decoders have the holes.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF", "MPO", "JPEG2000")
MAX_PICTURE_PIXELS = 60_000_000
MAX_SOURCE_BYTES = 64 * 2**20
MAX_PICTURE_BYTES = 10 * 2**20
MAX_PICTURE_SIDE = 4096
RATIO = 2.5
"""The longest shape that the model takes (CONTRACT, "What the model is said to do")."""
_LONGEST_SHAPE = 20.0
# What a person calls the formats that are worth a word: a JPEG stays one, and a PNG is what everybody makes.
_KINDS = {"JPEG": "", "MPO": "", "PNG": "", "HEIF": "HEIC", "JPEG2000": "JPEG 2000", "WEBP": "WebP"}


@dataclass(frozen=True)
class PictureFacts:
    """A normalised picture at `path` (JPEG, or PNG when parts are see-through). `changes`: what was done
    to it; `warnings`: what other sellers of the model may refuse, or what was lost."""

    path: str
    width: int
    height: int
    size_bytes: int
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreparedPicture:
    """A picture as it is sent: the bytes of a PNG for a `cut_out`, else of a JPEG. `ahead`: sentences for
    who has not sent it yet, about what a person would want to know."""

    data: bytes
    cut_out: bool
    width: int
    height: int
    changes: tuple[str, ...]
    warnings: tuple[str, ...]
    ahead: tuple[str, ...]


@dataclass
class _Notes:
    """What is done to a picture, noted where it is done: for the record, and told beforehand (`ahead`)."""

    changes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)


def normalise(src: str | Path, dst_dir: str | Path, *, min_side: int = 300) -> PictureFacts:
    """Write a clean copy of the picture at `src` into `dst_dir`, named after its content.

    Upright, sRGB, without any metadata, both sides at least `min_side` px and at most 4096, at most 10 MB.
    Raises MediaError when it is no picture, is cut short, or claims more than 60 million pixels.
    """
    made = prepare(src, min_side=min_side)
    suffix = ".png" if made.cut_out else ".jpg"
    path = Path(dst_dir) / f"{hashlib.sha256(made.data).hexdigest()[:24]}{suffix}"
    with replacing(path) as temporary:
        temporary.write_bytes(made.data)
    return PictureFacts(str(path), made.width, made.height, len(made.data), made.changes, made.warnings)


def prepare(src: str | Path, *, min_side: int = 300) -> PreparedPicture:
    """The clean copy that `normalise` writes, in memory. Raises MediaError as `normalise` does."""
    try:
        size = Path(src).stat().st_size
        data = Path(src).read_bytes() if size <= MAX_SOURCE_BYTES else b""
    except OSError as error:
        raise MediaError("The picture is no longer there. Choose it again.") from error
    if size > MAX_SOURCE_BYTES:
        raise MediaError(
            f"This picture is {size / 2**20:.0f} MB; the studio takes up to 64 MB. Save a smaller one."
        )
    notes = _Notes()
    picture = _load(data, notes)
    kind = _KINDS.get(picture.format or "", picture.format)
    picture = _upright(picture, notes)
    cut_out = _see_through(picture)
    if kind:
        notes.ahead.insert(0, f"{kind} is converted to {'PNG' if cut_out else 'JPEG'}.")
    picture = _plain(picture, cut_out, notes)
    picture = _padded(picture, cut_out, notes)
    picture = _bounded(picture, min_side, notes)
    data, picture = _encoded(picture, cut_out, notes)
    return PreparedPicture(
        data,
        cut_out,
        picture.width,
        picture.height,
        tuple(notes.changes),
        tuple(notes.warnings),
        tuple(notes.ahead),
    )


def _load(data: bytes, notes: _Notes) -> Image.Image:
    """The first frame, decoded. The size is judged before any pixel is."""
    if not data:
        raise MediaError("This picture is empty. Choose another one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=_available())
            if picture.width * picture.height > MAX_PICTURE_PIXELS:
                raise MediaError(
                    f"This picture claims {picture.width}x{picture.height} pixels; the studio opens up to "
                    "60 million. Save a smaller one."
                )
            if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
                notes.changes.append("several frames -> the first frame")
                notes.ahead.append("The picture moves; only its first frame is used.")
                picture.seek(0)
            if picture.format == "JPEG":
                # A JPEG can be decoded at half or a quarter of its size for free.
                picture.draft(None, (MAX_PICTURE_SIDE, MAX_PICTURE_SIDE))
            picture.load()
            return picture
    except MediaError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise MediaError(_unknown(data)) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        EOFError,
        OverflowError,
        RuntimeError,
        ZeroDivisionError,
        AttributeError,
        struct.error,
        MemoryError,
    ) as error:
        raise MediaError(
            "This picture is cut short or damaged. Save it again as JPEG or PNG and choose the new file."
        ) from error


def _available() -> list[str]:
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _unknown(data: bytes) -> str:
    if sniff(data[:HEAD_BYTES]) in (HEIC, HEIC_SEQUENCE) and "HEIF" not in Image.OPEN:
        return "HEIC pictures cannot be read here. Save it as JPEG and choose that."
    return "This file is not a picture the studio reads. Choose a JPEG, PNG, WebP, AVIF, HEIC or GIF."


def _upright(picture: Image.Image, notes: _Notes) -> Image.Image:
    try:
        turned = ImageOps.exif_transpose(picture)
        facts = bool(picture.getexif())
    except Exception:
        return picture
    if turned.size != picture.size or picture.getexif().get(0x0112, 1) not in (0, 1):
        notes.changes.append("turned upright")
    if facts or any(key in picture.info for key in ("exif", "xmp", "comment", "photoshop")):
        notes.changes.append("metadata removed")
    return turned


def _see_through(picture: Image.Image) -> bool:
    """True when some pixels let the background through: such a cut-out keeps its alpha."""
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        return _lowest_alpha(picture) < 250
    return False


def _lowest_alpha(picture: Image.Image) -> float:
    low = picture.convert("RGBA").getchannel("A").getextrema()[0]
    assert isinstance(low, (int, float))  # one channel has one pair
    return low


def _plain(picture: Image.Image, cut_out: bool, notes: _Notes) -> Image.Image:
    """RGB, or RGBA for a cut-out, in sRGB."""
    if picture.mode == "CMYK":
        notes.changes.append("CMYK -> RGB")
        notes.ahead.append(
            "Its colours are made for print (CMYK) and are converted; they may look different."
        )
    profile = picture.info.get("icc_profile")
    mode = "RGBA" if cut_out else "RGB"
    if picture.mode in ("I;16", "I;16B", "I;16L", "I"):
        picture = picture.convert("I").point(lambda v: v / 256).convert("L")
    elif picture.mode == "F":
        picture = picture.convert("L")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            name = ImageCms.getProfileDescription(source).strip()
            if "sRGB" not in name:
                target, output = ImageCms.createProfile("sRGB"), mode if picture.mode != "L" else "RGB"
                picture = ImageCms.profileToProfile(picture, source, target, outputMode=output) or picture
                notes.changes.append("colours -> sRGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile is no reason to refuse the picture: its numbers are taken as sRGB
    if cut_out:
        return picture.convert("RGBA")
    if picture.mode != "RGB":
        if picture.mode in ("P", "PA", "LA", "RGBA") and _lowest_alpha(picture) < 255:
            white = Image.new("RGBA", picture.size, "white")
            white.alpha_composite(picture.convert("RGBA"))
            picture = white
        picture = picture.convert("RGB")
    return picture


def _padded(picture: Image.Image, cut_out: bool, notes: _Notes) -> Image.Image:
    """Within the shapes that the model takes: the short sides get a plain margin, see-through for a cut-out,
    else in the mean colour of the long edges. What would be margin almost only is refused."""
    width, height = picture.size
    shape = max(width / height, height / width)
    if shape <= RATIO + 0.01:
        return picture
    if shape > _LONGEST_SHAPE:
        raise MediaError(
            f"This picture is {width}x{height} pixels, a strip of {shape:.0f}:1. Crop it to a shape that "
            "shows what is meant."
        )
    if max(width, height) > MAX_PICTURE_SIDE:  # before the margin, which may be seven times as large
        scale = MAX_PICTURE_SIDE / max(width, height)
        picture = picture.resize(
            (max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS
        )
        notes.changes.append(f"{width}x{height} -> {picture.width}x{picture.height}")
        width, height = picture.size
    wide = width > height
    size = (width, math.ceil(width / RATIO)) if wide else (math.ceil(height / RATIO), height)
    if cut_out:
        margin: tuple[int, ...] = (0, 0, 0, 0)
    else:
        ends = (0, height - 1) if wide else (0, width - 1)
        boxes = [(0, at, width, at + 1) if wide else (at, 0, at + 1, height) for at in ends]
        edges = [picture.crop(box).resize((1, 1), Image.Resampling.BOX) for box in boxes]
        pixels = [edge.getpixel((0, 0)) for edge in edges]
        margin = tuple(round((one + other) / 2) for one, other in zip(*pixels, strict=True))
    padded = Image.new(picture.mode, size, margin)
    padded.paste(picture, ((size[0] - width) // 2, (size[1] - height) // 2))
    sentence = f"The picture is {shape:.1f}:1; it gets a margin, as shapes longer than {RATIO}:1 are refused."
    notes.changes.append(f"{shape:.1f}:1 -> {RATIO}:1 with a margin")
    notes.warnings.append(sentence)
    notes.ahead.append(sentence)
    return padded


def _bounded(picture: Image.Image, min_side: int, notes: _Notes) -> Image.Image:
    width, height = picture.size
    scale = min(1.0, MAX_PICTURE_SIDE / max(width, height))
    if min(width, height) * scale < min_side:
        scale = min(min_side / min(width, height), MAX_PICTURE_SIDE / max(width, height))
    if scale == 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    notes.changes.append(f"{width}x{height} -> {size[0]}x{size[1]}")
    better = "a larger original gives a better result."
    if scale > 1:
        notes.warnings.append(
            f"The picture was only {width}x{height} and was enlarged to {size[0]}x{size[1]}; {better}"
        )
        notes.ahead.append(
            f"The picture is only {width}x{height} px and will be enlarged to {size[0]}x{size[1]}; {better}"
        )
    else:
        notes.ahead.append(
            f"The picture has {width}x{height} px and will be scaled down to {size[0]}x{size[1]}."
        )
    if min(size) < min_side:
        sentence = f"One side stays under {min_side} px because the picture is so narrow; it may be refused."
        notes.warnings.append(sentence)
        notes.ahead.append(sentence)
    return picture


def _encoded(picture: Image.Image, cut_out: bool, notes: _Notes) -> tuple[bytes, Image.Image]:
    """The file's bytes and the picture in them: from bare pixels, so that nothing of the source file can ride
    along."""
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    for quality in (92, 84, 72, 60):
        out = io.BytesIO()
        if cut_out:
            clean.save(out, "PNG", optimize=False, compress_level=6)
        else:
            clean.save(out, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2)
        if out.tell() <= MAX_PICTURE_BYTES:
            return out.getvalue(), clean
        if cut_out:
            size = f"{clean.width}x{clean.height}"
            clean = clean.resize(
                (max(1, round(clean.width * 0.7)), max(1, round(clean.height * 0.7))),
                Image.Resampling.LANCZOS,
            )
            change = f"{size} -> {clean.width}x{clean.height} to stay under 10 MB"
            notes.changes.append(change)
            notes.ahead.append(f"The picture will be made smaller, {change}.")
    raise MediaError("This picture stays above 10 MB. Save a smaller one.")
