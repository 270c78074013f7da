"""A QuickTime file that holds no pictures: its data reference (ISO/IEC 14496-12, `dref`) names another file.

The entry is an alias record (`alis`) with the flag "in this file" cleared. FFmpeg reads no other kind: of a
`url ` entry it takes no address.
"""

import struct
from pathlib import Path

_LEADING_TO_IT = (b"moov", b"trak", b"mdia", b"minf", b"dinf")
_UNUSED_BEFORE_LEVELS, _UNUSED_AFTER_LEVELS = bytes(130), bytes(16)
_PATH, _END = 2, 0xFFFF


def pointing_clip(path: Path, other: Path, *, absolute: bool) -> Path:
    """The headers of the QuickTime clip `other`, whose samples are to be taken from `other` itself.

    `absolute`: found by its whole path; otherwise as a file of the same folder."""
    data = other.read_bytes()
    boxes = dict(_boxes(data))
    path.write_bytes(boxes[b"ftyp"] + _with_reference(boxes[b"moov"], _alias(other, 0 if absolute else 1)))
    return path


def _boxes(data: bytes):
    """(kind, whole box) of each box in `data`."""
    at = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield kind, data[at : at + size]
        at += size


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _with_reference(box: bytes, entry: bytes) -> bytes:
    """`box` with `entry` as the one entry of every `dref` in it."""
    kind, body = box[4:8], box[8:]
    if kind == b"dref":
        return _box(kind, body[:8] + entry)
    if kind in _LEADING_TO_IT:
        return _box(kind, b"".join(_with_reference(inner, entry) for _, inner in _boxes(body)))
    return box


def _alias(target: Path, levels: int) -> bytes:
    """An alias record: `levels` folders up from the file and down to the target (none: not relative)."""
    name = str(target).encode()
    name += bytes(len(name) % 2)
    body = _UNUSED_BEFORE_LEVELS + struct.pack(">HH", levels, levels) + _UNUSED_AFTER_LEVELS
    body += struct.pack(">HH", _PATH, len(name)) + name + struct.pack(">HH", _END, 0)
    return _box(b"alis", bytes(4) + body)
