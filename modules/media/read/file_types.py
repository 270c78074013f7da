"""The one table of file types: what a file is by its first bytes, and what its suffix stands for.

Content decides how an unknown file is opened; names and declared types are never believed. Suffixes decide
under which media type a file of our own is stored, sent and served. No browser runs a script in any of these
types, which is why SVG is not among them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath

HEAD_BYTES = 1024
"""Enough for every signature below; MPEG transport streams repeat theirs after 188, 192 or 204 bytes, and may
begin inside a packet."""


class Kind(str, Enum):
    VIDEO = "video"
    PICTURE = "picture"
    AUDIO = "audio"


@dataclass(frozen=True)
class FileType:
    """`suffixes`: the first is the usual one. `matches`: whether the first bytes of a file are of this type;
    None for types that are known by name only. `demuxer`: FFmpeg's name of the reader for it as a clip."""

    kind: Kind
    media_type: str
    suffixes: tuple[str, ...]
    matches: Callable[[bytes], bool] | None = None
    demuxer: str | None = None

    @property
    def extension(self) -> str:
        """The usual suffix without its dot."""
        return self.suffixes[0][1:]


_QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_SEQUENCE_BRANDS = frozenset({b"avis", b"hevc", b"hevx"})
"""Moving pictures in a picture's container, which can be opened as a clip too."""
_BMP_HEADER_BYTES = [size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)]


def _starts(*prefixes: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(prefixes)


def _riff(*forms: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"RIFF" and head[8:12] in forms


def _brand(head: bytes) -> bytes:
    """The major brand of an ISO base media file, b"" for any other."""
    return head[8:12] if head[4:8] == b"ftyp" else b""


def _heif(family: frozenset[bytes], *, sequence: bool) -> Callable[[bytes], bool]:
    def matches(head: bytes) -> bool:
        major = _brand(head)
        if major not in _AVIF_BRANDS | _HEIC_BRANDS or (major in _SEQUENCE_BRANDS) is not sequence:
            return False
        # A still AVIF may carry mif1 as its major brand, so the compatible brands decide, AVIF first.
        size = min(int.from_bytes(head[:4], "big"), len(head))
        brands = {major, *(head[at : at + 4] for at in range(16, size - 3, 4))}
        return family is (_AVIF_BRANDS if brands & _AVIF_BRANDS else _HEIC_BRANDS)

    return matches


def _quicktime(head: bytes) -> bool:
    return _brand(head) == b"qt  " or head[4:8] in _QUICKTIME_BOXES


def _mp4(head: bytes) -> bool:
    """Any brand that the types before it do not claim; `styp` begins a segment of a stream."""
    return head[4:8] in (b"ftyp", b"styp")


def _matroska(*, webm: bool) -> Callable[[bytes], bool]:
    return lambda head: head[:4] == b"\x1aE\xdf\xa3" and (b"webm" in head[:64]) is webm


_PACKET_BYTES = (188, 192, 204)
"""Of a transport stream: plain, with a time stamp before each packet, with parity after each."""


def _transport_stream(head: bytes) -> bool:
    """Packets with their sync byte: three where the first is at its usual place, four where a recording
    begins inside a packet, each with a header that is possible."""
    return any(
        _synced(head, first, step, 3 if first in (0, 4) else 4)
        for step in _PACKET_BYTES
        for first in range(step)
    )


def _synced(head: bytes, first: int, step: int, count: int) -> bool:
    places = range(first, first + count * step, step)
    if len(head) <= places[-1] + 3:
        return False
    # The two bits say whether a payload or an adaptation field follows; neither is not allowed.
    return all(head[at] == 0x47 and (count == 3 or head[at + 3] & 0x30) for at in places)


_V, _P = Kind.VIDEO, Kind.PICTURE
MOV = FileType(_V, "video/quicktime", (".mov",), _quicktime, "mov")
AVIF = FileType(_P, "image/avif", (".avif",), _heif(_AVIF_BRANDS, sequence=False))
HEIC = FileType(_P, "image/heic", (".heic",), _heif(_HEIC_BRANDS, sequence=False))
AVIF_SEQUENCE = FileType(_P, "image/avif", (".avif",), _heif(_AVIF_BRANDS, sequence=True), "mov")
HEIC_SEQUENCE = FileType(_P, "image/heic", (".heic",), _heif(_HEIC_BRANDS, sequence=True), "mov")
M4A = FileType(Kind.AUDIO, "audio/mp4", (), lambda head: _brand(head)[:3] in (b"M4A", b"M4B"), "mov")
MP4 = FileType(_V, "video/mp4", (".mp4", ".m4v"), _mp4, "mov")
WEBM = FileType(_V, "video/webm", (".webm",), _matroska(webm=True), "matroska")
MKV = FileType(_V, "video/x-matroska", (".mkv",), _matroska(webm=False), "matroska")
AVI = FileType(_V, "video/x-msvideo", (".avi",), _riff(b"AVI ", b"AVIX"), "avi")
FLV = FileType(_V, "video/x-flv", (".flv",), _starts(b"FLV"), "flv")
MPEG = FileType(_V, "video/mpeg", (".mpg", ".mpeg"), _starts(b"\0\0\1\xba"), "mpeg")
MPEG_TS = FileType(_V, "video/mp2t", (".ts", ".mts", ".m2ts"), _transport_stream, "mpegts")
JPEG = FileType(_P, "image/jpeg", (".jpg", ".jpeg"), _starts(b"\xff\xd8\xff"))
PNG = FileType(_P, "image/png", (".png",), _starts(b"\x89PNG\r\n\x1a\n"))
WEBP = FileType(_P, "image/webp", (".webp",), _riff(b"WEBP"))
GIF = FileType(_P, "image/gif", (".gif",), _starts(b"GIF87a", b"GIF89a"), "gif")
BMP = FileType(
    _P, "image/bmp", (".bmp",), lambda head: head[:2] == b"BM" and head[14:18] in _BMP_HEADER_BYTES
)
TIFF = FileType(_P, "image/tiff", (".tif", ".tiff"), _starts(b"II*\0", b"MM\0*"))
TYPES = (
    *(MOV, AVIF, HEIC, AVIF_SEQUENCE, HEIC_SEQUENCE, M4A, MP4, WEBM, MKV, AVI, FLV, MPEG),
    *(JPEG, PNG, WEBP, GIF, BMP, TIFF, MPEG_TS),
    FileType(_V, "video/3gpp", (".3gp",)),  # an MP4 by its content
    FileType(_V, "video/x-ms-wmv", (".wmv",)),
    FileType(_V, "video/ogg", (".ogv",)),
    FileType(_P, "image/heif", (".heif",)),
)
"""In the order in which they are tried: MP4 after its more particular relatives, and last what may begin with
any byte."""
BY_SUFFIX = {suffix: found for found in TYPES for suffix in found.suffixes}


def sniff(head: bytes) -> FileType | None:
    """The type whose signature opens `head` (the first HEAD_BYTES of a file), or None."""
    return next((found for found in TYPES if found.matches is not None and found.matches(head)), None)


def type_of(path: str | PurePath) -> FileType | None:
    """The type of the local file at `path` by its first bytes, or None. OSError when it cannot be read."""
    with open(path, "rb") as file:
        return sniff(file.read(HEAD_BYTES))


def demuxer_of(head: bytes) -> str | None:
    """FFmpeg's reader for a file that begins with `head`, or None when it is no clip."""
    found = sniff(head)
    return found.demuxer if found else None


def type_named(name: str | PurePath) -> FileType | None:
    """What the suffix of `name` stands for, in any case; None when nothing here."""
    return BY_SUFFIX.get(PurePath(name).suffix.lower())
