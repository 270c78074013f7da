"""A file is uploaded as what it is, whatever it is called."""

import shutil

import pytest

from modules.jobs.run.uploading import content_type
from tests.support.media_samples import BUNNY
from tests.support.scripted_media import PICTURE


@pytest.mark.parametrize("name", ["holiday", "VID.3gp", "clip.qt", "clip.jpg", "clip.mp4"])
def test_a_clip_is_a_clip_under_any_name(tmp_path, name):
    shutil.copy(BUNNY, tmp_path / name)
    assert content_type(str(tmp_path / name)) == "video/mp4"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.mp4", b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png"),
        ("a", b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        ("a.png", b"\x1aE\xdf\xa3\x00\x42\x82\x84webm", "video/webm"),
        ("a.gif", b"nothing that is known", "image/gif"),
        ("a.txt", b"nothing that is known", "application/octet-stream"),
    ],
)
def test_the_first_bytes_decide_and_the_name_only_when_they_say_nothing(tmp_path, name, data, kind):
    (tmp_path / name).write_bytes(data)
    assert content_type(str(tmp_path / name)) == kind


def test_every_upload_of_an_edit_has_its_own_type(made, tmp_path):
    shutil.copy(PICTURE, tmp_path / "scan.mp4")
    made.ended(made.start(prompt="Like @Image1", image_urls=(str(tmp_path / "scan.mp4"),)))
    assert sorted(made.engine.types) == ["image/jpeg", "video/mp4"]


def test_an_address_from_an_upload_as_another_type_is_not_used_again(made, monkeypatch):
    monkeypatch.setattr("modules.jobs.run.uploading.content_type", lambda path: "image/jpeg")
    made.ended(made.start())
    monkeypatch.undo()
    made.engine.polls = 0
    made.ended(made.start())
    assert made.engine.types == ["image/jpeg", "video/mp4"]
