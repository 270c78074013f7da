"""Writes tags into an MP4 file without touching its packets: only its index (`moov`) grows.

Neither the library's muxer nor a decoder has a part in it, so there is no question of what a remux would
keep: every byte of picture and sound stays, edit lists and other tracks too. The index names places in the
file by their distance from its beginning; what lies behind the index moves, and those numbers with it. Then
the packets of both files are read and compared; a file that is built in a way not known here is left as it
is.
"""

import os
import shutil
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any

from modules.media.atomic import replacing
from modules.media.errors import ClipError
from modules.media.read.opening import opened, reading_errors

ATOMS = {"title": b"\xa9nam", "comment": b"\xa9cmt", "description": b"desc"}
"""Tags that can be written, by the names that FFmpeg and PyAV give them."""
_MOST_INDEX = 64 * 2**20
_MOST_BOXES = 10_000
_DOWN_TO_OFFSETS = frozenset({b"trak", b"mdia", b"minf", b"stbl"})
_REFUSED = frozenset({b"moof", b"sidx", b"mfra", b"meta"})
"""Boxes of a file, beside its index, that name places in it, too: fragments, still pictures."""
_REFUSED_INSIDE = frozenset({b"cmov", b"saio", b"mvex"})
_HANDLER = struct.pack(">IIII", 0, 0, int.from_bytes(b"mdir"), int.from_bytes(b"appl")) + bytes(9)


class NotTagged(ClipError):
    """Raised for a file that is left as it is: no MP4, damaged, or of a kind not known here."""

    def __init__(self, why: str) -> None:
        super().__init__(f"No tags were written into this file: {why}.")


@dataclass(frozen=True)
class _Box:
    """A box at `start`, whose content runs from `inside` to `end`."""

    kind: bytes
    start: int
    inside: int
    end: int


def tag(path: str | Path, tags: Mapping[str, str], target: str | Path | None = None) -> bool:
    """Write `tags` (names as in ATOMS) into the MP4 at `path`, in the place of those of the same names; with
    `target` into a copy there. True when the file is written anew, whole or not at all. Raises MediaError and
    leaves it as it is."""
    path = Path(path)
    with path.open("rb") as file:
        length = os.fstat(file.fileno()).st_size
        boxes = list(_top_level(file, length))
        index = _index_of(boxes)
        file.seek(index.start)
        old = file.read(index.end - index.start)
        new = _tagged(old, index, length, tags)
        with replacing(target or path, durable=True) as temporary:
            with temporary.open("wb") as written:
                file.seek(0)
                _copy(file, written, index.start)
                written.write(new)
                file.seek(index.end)
                shutil.copyfileobj(file, written, 2**20)
            _compare(path, temporary, tags)
    return True


def _top_level(file: IO[bytes], length: int) -> Iterator[_Box]:
    at = 0
    for _ in range(_MOST_BOXES):
        if at == length:
            return
        file.seek(at)
        box = _box(file.read(16), 0, length - at)
        yield _Box(box.kind, at, at + box.inside, at + box.end)
        at += box.end
    raise NotTagged("it has too many parts")


def _index_of(boxes: list[_Box]) -> _Box:
    kinds = [box.kind for box in boxes]
    if not kinds or kinds[0] != b"ftyp" or kinds.count(b"moov") != 1:
        raise NotTagged("it is no MP4 file with one index")
    if _REFUSED & set(kinds):
        raise NotTagged("it is fragmented")
    index = boxes[kinds.index(b"moov")]
    if index.end - index.start > _MOST_INDEX:
        raise NotTagged("its index is too large")
    return index


def _box(data: bytes | bytearray, at: int, end: int) -> _Box:
    """The box at `at`, which must end by `end`."""
    if end - at < 8 or len(data) < at + 8:
        raise NotTagged("it is damaged")
    size, kind = struct.unpack_from(">I4s", data, at)
    head = 8
    if size == 1:
        if len(data) < at + 16:
            raise NotTagged("it is damaged")
        head, size = 16, struct.unpack_from(">Q", data, at + 8)[0]
    elif size == 0:
        size = end - at
    if not head <= size <= end - at:
        raise NotTagged("it is damaged")
    return _Box(kind, at, at + head, at + size)


def _children(data: bytes | bytearray, start: int, end: int) -> list[_Box]:
    """The boxes between `start` and `end`. QuickTime ends some lists with four zeros."""
    found: list[_Box] = []
    while start < end and not (end - start == 4 and not any(data[start:end])):
        found.append(_box(data, start, end))
        start = found[-1].end
        if len(found) > _MOST_BOXES:
            raise NotTagged("it has too many parts")
    return found


def _tagged(old: bytes, index: _Box, length: int, tags: Mapping[str, str]) -> bytes:
    """The index with `tags`, and with the places of what moves because it grew."""
    moov = _box(old, 0, len(old))
    if moov.inside != 8:
        raise NotTagged("its index is too large")
    children = _children(old, moov.inside, moov.end)
    held = next((box for box in children if box.kind == b"udta"), None)
    user_data = _user_data(old, held, tags)
    grown = len(user_data) - (held.end - held.start if held else 0)
    moved = bytearray(old)
    if index.end < length:
        _move(moved, moov, index.end, grown)
    kept = b"".join(bytes(moved[box.start : box.end]) for box in children if box is not held)
    return _made(b"moov", kept + user_data)


def _user_data(data: bytes, held: _Box | None, tags: Mapping[str, str]) -> bytes:
    """The box of user data with `tags` among what it held."""
    children = _children(data, held.inside, held.end) if held else []
    old = next((box for box in children if box.kind == b"meta"), None)
    others = b"".join(data[box.start : box.end] for box in children if box is not old)
    return _made(b"udta", others + _meta(data, old, tags))


def _meta(data: bytes, old: _Box | None, tags: Mapping[str, str]) -> bytes:
    written = b"".join(
        _made(ATOMS[name], _made(b"data", struct.pack(">II", 1, 0) + text.encode("utf-8", "replace")))
        for name, text in tags.items()
    )
    if old is None:
        return _made(b"meta", bytes(4) + _made(b"hdlr", _HANDLER) + _made(b"ilst", written))
    if data[old.inside + 4 : old.inside + 8] == b"hdlr" or any(data[old.inside : old.inside + 4]):
        raise NotTagged("its tags are of QuickTime's kind")
    children = _children(data, old.inside + 4, old.end)
    handler = next((box for box in children if box.kind == b"hdlr"), None)
    if handler is None or data[handler.inside + 8 : handler.inside + 12] != b"mdir":
        raise NotTagged("its tags are of another kind")
    items = next((box for box in children if box.kind == b"ilst"), None)
    replaced = {ATOMS[name] for name in tags}
    kept = b"".join(
        data[item.start : item.end]
        for item in (_children(data, items.inside, items.end) if items else [])
        if item.kind not in replaced
    )
    others = b"".join(data[box.start : box.end] for box in children if box is not items)
    return _made(b"meta", data[old.inside : old.inside + 4] + others + _made(b"ilst", kept + written))


def _move(moov: bytearray, box: _Box, since: int, grown: int) -> None:
    """Add `grown` to every place in the file from `since` on that the tables below `box` name."""
    for child in _children(moov, box.inside, box.end):
        if child.kind in _REFUSED_INSIDE:
            raise NotTagged("it is compressed, encrypted or fragmented")
        if child.kind in _DOWN_TO_OFFSETS:
            _move(moov, child, since, grown)
        elif child.kind in (b"stco", b"co64"):
            width, form = (4, "I") if child.kind == b"stco" else (8, "Q")
            if child.end - child.inside < 8:
                raise NotTagged("it is damaged")
            count = struct.unpack_from(">I", moov, child.inside + 4)[0]
            if child.inside + 8 + width * count > child.end:
                raise NotTagged("it is damaged")
            table = struct.Struct(f">{count}{form}")
            places = table.unpack_from(moov, child.inside + 8)
            places = tuple(place + grown if place >= since else place for place in places)
            if places and max(places) >= 256**width:
                raise NotTagged("it is too large")
            table.pack_into(moov, child.inside + 8, *places)


def _made(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size > 0:
        piece = source.read(min(size, 2**20))
        if not piece:
            raise NotTagged("it is damaged")
        target.write(piece)
        size -= len(piece)


def _compare(old: Path, new: Path, tags: Mapping[str, str]) -> None:
    """Raises MediaError unless every packet is the same in both files, and the tags can be read."""
    with opened(old) as before, opened(new) as after, reading_errors():
        if any(after.metadata.get(name) != text for name, text in tags.items()):
            raise NotTagged("they cannot be read back")
        for one, other in zip_longest(_packets(before), _packets(after)):
            if one != other:
                raise NotTagged("its packets would not be the same")


def _packets(container: Any) -> Iterator[tuple[object, ...]]:
    for packet in container.demux():
        yield (
            packet.stream.index,
            *(packet.pts, packet.dts, packet.duration, packet.size),
            *(packet.is_keyframe, packet.time_base),
            zlib.crc32(packet),
        )
