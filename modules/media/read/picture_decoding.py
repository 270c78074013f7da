"""A reference picture decoded without trust: known formats only, its size judged before any pixel is."""

import io
import struct
import warnings
from dataclasses import dataclass, field

from PIL import Image, UnidentifiedImageError

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
MAX_PICTURE_SIDE = 4096
"""Pixels; a picture that is sent is no larger, so a JPEG is decoded no larger than needed for that."""


@dataclass
class PictureNotes:
    """What is done to a picture, noted where it is done: for the record, and told beforehand (`ahead`)."""

    changes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)


def decode(data: bytes, notes: PictureNotes) -> Image.Image:
    """The first frame of the file in `data`. Raises MediaError when it is no picture, is cut short, or claims
    more than 60 million pixels."""
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
