"""What a file is, read from its first bytes. Names and declared types are never believed."""

from dataclasses import dataclass
from enum import Enum

HEAD_BYTES = 64
"""Enough for every signature below; the EBML document type sits within the first 64 bytes of real files."""


class Kind(str, Enum):
    VIDEO = "video"
    IMAGE = "image"


@dataclass(frozen=True)
class FileType:
    """A format the engine takes: the extension and the media type under which it is served."""

    extension: str
    media_type: str
    kind: Kind


MP4 = FileType("mp4", "video/mp4", Kind.VIDEO)
MOV = FileType("mov", "video/quicktime", Kind.VIDEO)
WEBM = FileType("webm", "video/webm", Kind.VIDEO)
MKV = FileType("mkv", "video/x-matroska", Kind.VIDEO)
AVI = FileType("avi", "video/x-msvideo", Kind.VIDEO)
JPEG = FileType("jpg", "image/jpeg", Kind.IMAGE)
PNG = FileType("png", "image/png", Kind.IMAGE)
WEBP = FileType("webp", "image/webp", Kind.IMAGE)
GIF = FileType("gif", "image/gif", Kind.IMAGE)
BMP = FileType("bmp", "image/bmp", Kind.IMAGE)
TIFF = FileType("tif", "image/tiff", Kind.IMAGE)
HEIC = FileType("heic", "image/heic", Kind.IMAGE)
AVIF = FileType("avif", "image/avif", Kind.IMAGE)

BY_EXTENSION = {
    found.extension: found
    for found in (MP4, MOV, WEBM, MKV, AVI, JPEG, PNG, WEBP, GIF, BMP, TIFF, HEIC, AVIF)
}

_PREFIXES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_OLD_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


def sniff(head: bytes) -> FileType | None:
    """The format whose signature opens `head` (the first `HEAD_BYTES` of a file), or None."""
    for prefix, found in _PREFIXES:
        if head.startswith(prefix):
            return found
    if head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:15] in b"\x0c\x28\x34\x38\x40\x6c\x7c":
        return BMP
    if head[:4] == b"RIFF":
        return {b"AVI ": AVI, b"WEBP": WEBP}.get(head[8:12])
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM if b"webm" in head[:HEAD_BYTES] else MKV
    if head[4:8] == b"ftyp":
        return _of_brand(head)
    if head[4:8] in _OLD_QUICKTIME_ATOMS:
        return MOV
    return None


def _of_brand(head: bytes) -> FileType | None:
    brand = head[8:12]
    if brand == b"qt  ":
        return MOV
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {brand, *(head[at : at + 4] for at in range(16, size - 3, 4))}
    # A still AVIF may carry mif1 as its major brand, so the compatible brands decide, AVIF first.
    if brand in _AVIF_BRANDS | _HEIC_BRANDS:
        return AVIF if brands & _AVIF_BRANDS else HEIC
    if brand[:3] in (b"M4A", b"M4B"):
        return None
    return MP4
