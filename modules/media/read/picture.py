"""Reference pictures: opened without trust, upright, bounded, without metadata, as JPEG or PNG."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from modules.media.atomic import replacing
from modules.media.errors import MediaError
from modules.media.read.picture_decoding import PictureNotes, decode
from modules.media.read.picture_size import bounded, padded

MAX_SOURCE_BYTES = 64 * 2**20
MAX_PICTURE_BYTES = 10 * 2**20
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
    notes = PictureNotes()
    picture = decode(data, notes)
    kind = _KINDS.get(picture.format or "", picture.format)
    picture = _upright(picture, notes)
    cut_out = _see_through(picture)
    if kind:
        notes.ahead.insert(0, f"{kind} is converted to {'PNG' if cut_out else 'JPEG'}.")
    picture = _plain(picture, cut_out, notes)
    picture = padded(picture, cut_out, notes)
    picture = bounded(picture, min_side, notes)
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


def _upright(picture: Image.Image, notes: PictureNotes) -> Image.Image:
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


def _plain(picture: Image.Image, cut_out: bool, notes: PictureNotes) -> Image.Image:
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


def _encoded(picture: Image.Image, cut_out: bool, notes: PictureNotes) -> tuple[bytes, Image.Image]:
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
