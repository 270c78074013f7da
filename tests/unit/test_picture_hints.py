"""What a person is told before the press: warnings, and what becomes of the pictures."""

import asyncio
import contextlib
import os
import threading
from pathlib import Path

import pytest

from modules.edit.request import EditRequest, Element
from modules.jobs.local_files import LocalFiles
from modules.media.errors import MediaError, TooSlow
from modules.picture_hints import PictureHints


class Workers:
    """Stands in for the media workers: `script` says what a picture's report is, or what is raised."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.script: dict[str, list[str] | Exception] = {}
        self.free = threading.Event()
        self.free.set()

    def run(self, fn, path: str) -> list[str]:
        assert fn.__name__ == "picture_report"
        name = Path(path).name
        self.asked.append(name)
        self.free.wait(10)
        said = self.script.get(name, [])
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
def workers():
    made = Workers()
    yield made
    made.free.set()


@pytest.fixture
def picture(tmp_path):
    (tmp_path / "ours").mkdir()

    def made(name: str) -> str:
        (tmp_path / "ours" / name).write_bytes(b"a picture")
        return str(tmp_path / "ours" / name)

    return made


def hints(workers, tmp_path, *requests: EditRequest, **settings) -> list[list[str]]:
    with contextlib.closing(PictureHints(workers, LocalFiles(tmp_path / "ours"), **settings)) as made:

        async def ask() -> list[list[str]]:
            return [await made.of(request) for request in requests]

        return asyncio.run(ask())


def test_every_picture_is_called_as_the_prompt_calls_it_after_the_warnings(workers, picture, tmp_path):
    one, two, front, side = map(picture, ("1.png", "2.png", "front.png", "side.png"))
    workers.script = {"2.png": ["It is small.", "It is long."], "front.png": ["It is HEIC."]}
    workers.script["side.png"] = ["Too."]
    request = EditRequest(
        prompt="@Element1 and @Element2 before @Image1",
        image_urls=(one, two),
        elements=(Element(one, (one,)), Element(front, (one, side))),
    )
    assert hints(workers, tmp_path, request) == [
        [
            "The prompt does not mention @Image2, so the model may not use it.",
            "@Image2: It is small.",
            "@Image2: It is long.",
            "@Element2, front view: It is HEIC.",
            "@Element2, reference picture 2: Too.",
        ]
    ]


def test_only_pictures_that_may_be_named_are_opened(workers, picture, tmp_path):
    (tmp_path / "theirs.png").write_bytes(b"a picture")
    theirs = (
        "https://example.com/a.png",
        str(tmp_path / "theirs.png"),
        "/etc/hostname",
        "",
        "a\0b",
        "\ud800",
    )
    prompt = "".join(f"@Image{number} " for number in range(1, 8))
    request = EditRequest(prompt=prompt, image_urls=(*theirs, picture("a.png")))
    (said,) = hints(workers, tmp_path, request)
    assert workers.asked == ["a.png"] and len(said) == 1 and "7 elements and images" in said[0]


def test_a_picture_that_cannot_be_read_stops_neither_the_call_nor_the_others(workers, picture, tmp_path):
    workers.script = {"a.png": MediaError("No picture."), "b.png": TooSlow("Slow."), "c.png": ["Small."]}
    workers.script["d.png"] = OSError("no process")
    request = EditRequest(
        prompt="@Image1 @Image2 @Image3 @Image4", image_urls=tuple(picture(f"{n}.png") for n in "abdc")
    )
    assert hints(workers, tmp_path, request) == [["@Image4: Small."]]


def test_a_picture_is_looked_at_once_until_it_changes(workers, picture, tmp_path):
    source = picture("a.png")
    workers.script = {"a.png": ["Small."]}
    request = EditRequest(prompt="@Image1", image_urls=(source,))
    with contextlib.closing(PictureHints(workers, LocalFiles(tmp_path / "ours"))) as made:
        assert [asyncio.run(made.of(request)) for _ in range(3)] == [["@Image1: Small."]] * 3
        assert workers.asked == ["a.png"]
        os.utime(source, (1.0, 1.0))
        workers.script = {"a.png": []}
        assert asyncio.run(made.of(request)) == []


def test_a_slow_picture_costs_its_hints_and_not_the_page(workers, picture, tmp_path):
    workers.free.clear()
    request = EditRequest(prompt="snow", image_urls=(picture("a.png"),))
    assert hints(workers, tmp_path, request, seconds=0.05) == [
        ["The prompt does not mention @Image1, so the model may not use it."]
    ]


def test_no_picture_is_begun_after_the_time_is_over(workers, picture, tmp_path):
    moments = iter((0.0, 1.0, 9.0, 11.0))
    workers.script = {f"{name}.png": ["Small."] for name in "abc"}
    sources = tuple(picture(f"{name}.png") for name in "abc")
    request = EditRequest(prompt="@Image1 @Image2 @Image3", image_urls=sources)
    said = hints(workers, tmp_path, request, seconds=10.0, monotonic=lambda: next(moments))
    assert said == [["@Image1: Small.", "@Image2: Small."]] and workers.asked == ["a.png", "b.png"]


def test_a_closed_studio_still_answers_with_the_warnings(workers, picture, tmp_path):
    made = PictureHints(workers, LocalFiles(tmp_path / "ours"))
    made.close()
    request = EditRequest(prompt="snow", image_urls=(picture("a.png"),))
    assert len(asyncio.run(made.of(request))) == 1 and workers.asked == []
