"""The table of file types: what first bytes mean, what suffixes mean, and that every reader agrees."""

import pytest

from modules.jobs.run.uploading import content_type
from modules.media.read import file_types
from modules.media.read.file_types import BY_SUFFIX, TYPES, Kind, demuxer_of, sniff, type_named
from modules.preview.store.files import media_type_of, type_of
from modules.ui.security import ServedFiles


def box(major, *compatible, kind=b"ftyp"):
    return (16 + 4 * len(compatible)).to_bytes(4, "big") + kind + major + bytes(4) + b"".join(compatible)


EBML = b"\x1aE\xdf\xa3" + bytes(20)
HEADS = {
    "MP4": [
        box(b"isom", b"isom", b"avc1"),
        box(b"mp42"),
        box(b"3gp4"),
        box(b"dash", kind=b"styp"),
        box(b"M4V "),
    ],
    "MOV": [
        box(b"qt  "),
        *(bytes(4) + kind for kind in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")),
    ],
    "HEIC": [box(brand) for brand in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")],
    "HEIC_SEQUENCE": [box(b"hevc"), box(b"hevx", b"mif1")],
    "AVIF": [box(b"avif"), box(b"mif1", b"miaf", b"avif")],
    "AVIF_SEQUENCE": [box(b"avis", b"msf1")],
    "M4A": [box(b"M4A "), box(b"M4B ")],
    "WEBM": [EBML + b"webm"],
    "MKV": [EBML + b"matroska"],
    "AVI": [b"RIFF\0\0\0\0AVI LIST", b"RIFF\0\0\0\0AVIX"],
    "FLV": [b"FLV\1"],
    "MPEG": [b"\0\0\1\xba\x44"],
    "MPEG_TS": [(b"G" + bytes(187)) * 3, (bytes(4) + b"G" + bytes(187)) * 3],
    "JPEG": [b"\xff\xd8\xff\xe0"],
    "PNG": [b"\x89PNG\r\n\x1a\n"],
    "WEBP": [b"RIFF\0\0\0\0WEBPVP8 "],
    "GIF": [b"GIF87a", b"GIF89a"],
    "BMP": [b"BM" + bytes(12) + b"\x28\0\0\0", b"BM" + bytes(4) + b"\1\2\3\4" + bytes(4) + b"\x7c\0\0\0"],
    "TIFF": [b"II*\0", b"MM\0*"],
}
DEMUXERS = {
    **dict.fromkeys(("MP4", "MOV", "M4A", "HEIC_SEQUENCE", "AVIF_SEQUENCE"), "mov"),
    **dict.fromkeys(("WEBM", "MKV"), "matroska"),
    "AVI": "avi",
    "FLV": "flv",
    "MPEG": "mpeg",
    "MPEG_TS": "mpegts",
    "GIF": "gif",
}


@pytest.mark.parametrize(("name", "head"), [(name, head) for name, heads in HEADS.items() for head in heads])
def test_first_bytes_name_the_type_and_its_reader(name, head):
    padded = head + bytes(max(0, 600 - len(head)))
    for given in (head, padded):
        assert sniff(given) is getattr(file_types, name)
        assert demuxer_of(given) == DEMUXERS.get(name)


def test_every_type_with_a_signature_is_tried_here():
    assert {id(getattr(file_types, name)) for name in HEADS} == {id(one) for one in TYPES if one.matches}


@pytest.mark.parametrize(
    "head",
    [
        *(b"", b"GIF", b"<html>", b"BM, a text", b"\0" * 600, b"RIFF\0\0\0\0WAVE", b"OggS", b"%PDF-1.7"),
        *(b"#EXTM3U\n", b"ffconcat version 1.0", b"G" + bytes(599), b"<svg xmlns="),
    ],
)
def test_other_bytes_are_nothing(head):
    assert sniff(head) is None and demuxer_of(head) is None


def test_the_preview_engine_takes_what_it_lists(tmp_path):
    path = tmp_path / "a"
    for name, heads in HEADS.items():
        path.write_bytes(heads[0])
        found = type_of(path)
        if name in ("FLV", "MPEG", "MPEG_TS", "M4A"):
            assert found is None
        else:
            assert found is getattr(file_types, name)
            assert media_type_of(f"x.{found.extension}") == found.media_type


@pytest.mark.parametrize("suffix", sorted(BY_SUFFIX))
def test_every_suffix_that_a_job_keeps_is_served(tmp_path, suffix):
    """Two tables once disagreed about .wmv, .flv and .tif: such sources were kept, then answered 404."""
    source = tmp_path / "kept" / f"a{suffix}"
    source.parent.mkdir()
    source.write_bytes(b"x")
    assert ServedFiles(tmp_path / "uploads", source.parent).find(str(source)) == source.resolve()
    assert content_type(str(source)) == BY_SUFFIX[suffix].media_type
    assert BY_SUFFIX[suffix].media_type.startswith(("video/", "image/"))


def test_suffixes_in_any_case_and_unknown_ones():
    assert type_named("/a/B.MP4") is file_types.MP4 and type_named("a.jpeg").kind is Kind.PICTURE
    assert not any(map(type_named, ("a.svg", "a.html", "a", "a.mp4.exe", ".mp4")))
