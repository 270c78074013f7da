"""The object that stands out, whatever it is: found by agreement, followed between looks, and not made up."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from modules.preview.prompt.direction import direct
from modules.preview.subject import salient
from modules.preview.subject.detection import Box, Detection
from modules.preview.subject.matte import Matte
from modules.preview.subject.salient import KEY_EVERY, SalientSource, detect_salient, find_salient
from modules.preview.subject.window_matte import WindowMatte
from tests.support.render_samples import CLIPS, frames

MASKS = Path(__file__).parents[1] / "bench" / "subject_masks"
SIDE = 256
WHOLE = (0, 0, SIDE, SIDE)


def clip(name: str) -> list[np.ndarray]:
    """All pictures of a clip, at most 640 pixels wide."""
    path = next(folder / f"{name}.mp4" for folder in (MASKS, CLIPS) if (folder / f"{name}.mp4").is_file())
    video, found = cv2.VideoCapture(str(path)), []
    while (read := video.read())[0]:
        scale = 640 / max(read[1].shape[:2])
        found.append(cv2.resize(read[1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return found


def outlined(name: str) -> dict[int, np.ndarray]:
    """The masks drawn by hand, by the frame's number."""
    paths = {int(re.findall(r"_(\d+)\.png", path.name)[0]): path for path in MASKS.glob(f"{name}_*.png")}
    return {k: cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) > 127 for k, path in sorted(paths.items())}


def overlap(one: np.ndarray, two: np.ndarray) -> float:
    return float((one & two).sum() / max(1, (one | two).sum()))


@pytest.mark.parametrize(
    ("name", "prompt", "start", "upto", "least"),
    [
        ("dog_640x360", "turn the dog into gold", 0, 39, 0.85),
        ("bird_960x960", "turn the bird into gold", 38, 48, 0.93),
        ("bunny_1280x720", "make the rabbit red", 79, 89, 0.87),
    ],
)
def test_the_matte_is_the_animal_as_it_was_outlined_by_hand(name, prompt, start, upto, least):
    pictures, truth = clip(name), outlined(name)
    height, width = pictures[0].shape[:2]
    matte = Matte(width, height, wants_plate=False, who=direct(prompt).who)
    samples = [pictures[k] for k in np.linspace(0, len(pictures) - 1, 8).astype(int)]
    assert matte.prepare(samples) == "salient" and matte.taken.startswith("what stands out")
    compared = 0
    for k in range(start, upto):
        found = matte(pictures[k]) > 127
        if k in truth:
            compared += 1
            assert overlap(found, truth[k]) > least
            spilt = (found & ~cv2.dilate(truth[k].astype(np.uint8), np.ones((9, 9))).astype(bool)).sum()
            assert spilt < 0.06 * truth[k].sum()  # no slab of floor
    assert compared


@pytest.mark.parametrize("name", ["dunes_966x544.mp4", "city_night_1280x720.mp4"])
def test_a_landscape_and_a_city_are_no_object(name):
    assert find_salient(frames(name, 6)) is None


def test_of_no_samples_and_of_a_grey_wall_nothing_is_made_up():
    assert find_salient([]) is None
    assert find_salient([np.full((180, 320, 3), 120, np.uint8)] * 3) is None


def answer(*boxes: tuple[int, int, int, int], sure: float = 0.98) -> np.ndarray:
    """What the network might say: boxes of x, y, width, height."""
    raw = np.zeros((SIDE, SIDE), np.float32)
    for x, y, w, h in boxes:
        raw[y : y + h, x : x + w] = sure
    return raw


def test_a_middling_piece_is_an_object_with_its_box_in_the_frames_pixels():
    found = detect_salient(answer((60, 80, 90, 120)), (100, 50, 512, 256))
    assert found is not None and found.box == Box(100 + 120, 50 + 80, 180, 120) and found.score > 0.9


@pytest.mark.parametrize(
    "raw",
    [
        answer(),
        answer((120, 120, 8, 8)),  # a speck
        answer((0, 140, 128, 60), (128, 155, 128, 60)),  # a band of hills from side to side
        answer((0, 0, 256, 200)),  # nearly all
        answer((60, 60, 90, 90), sure=0.6),  # unsure
        answer((20, 60, 60, 90), (110, 60, 60, 90), (190, 60, 60, 90)),  # three alike
    ],
    ids=["nothing", "speck", "band", "all", "unsure", "three"],
)
def test_what_is_no_object(raw):
    assert detect_salient(raw, WHOLE) is None


@pytest.mark.parametrize(("place", "x"), [("left", 20), ("right", 180), ("middle", 105)])
def test_a_place_chooses_among_several_objects(place, x):
    raw = answer((20, 60, 50, 90), (105, 60, 50, 100), (180, 60, 50, 80))
    found = detect_salient(raw, WHOLE, place)
    assert found is not None and found.box.x == x and found.mask[:, :x].max(initial=0) < 0.1


class Looks:
    """Stands for the network: sees what is bright, and counts how often it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, picture: np.ndarray, length: int = 0) -> np.ndarray:
        self.count += 1
        return cv2.GaussianBlur((picture[..., 2] > 140).astype(np.float32), (0, 0), 1)


@pytest.fixture
def network(monkeypatch) -> Looks:
    looks = Looks()
    monkeypatch.setattr(salient, "salience", looks)
    return looks


GROUND = cv2.GaussianBlur(
    np.random.default_rng(1).integers(0, 130, (SIDE, SIDE, 3), dtype=np.uint8), (0, 0), 2
)
PATTERN = cv2.GaussianBlur(
    np.random.default_rng(2).integers(150, 256, (60, 60, 3), dtype=np.uint8), (0, 0), 1.5
)


def moving(*places: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A picture with a bright patch at each place, and its grey copy."""
    picture = GROUND.copy()
    for x, y in places:
        picture[y : y + 60, x : x + 60] = PATTERN
    return picture, cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def test_between_looks_the_answer_moves_with_the_object(network):
    source = SalientSource()
    for k in range(2 * KEY_EVERY + 1):
        raw = source(*moving((20 + 4 * k, 90)))
        truth = answer((20 + 4 * k, 90, 60, 60)) > 0
        assert overlap(raw > 0.5, truth) > 0.8
    assert network.count == 3


def test_something_else_that_appears_is_not_taken_along(network):
    source = SalientSource()
    source(*moving((20, 90)))
    for _ in range(KEY_EVERY):
        raw = source(*moving((20, 90), (170, 30)))
    assert network.count == 2
    assert raw[95:145, 25:75].min() > 0.6 and raw[20:100, 160:240].max() < 0.1


def test_an_object_that_is_gone_fades_and_is_counted_as_lost(network):
    source = SalientSource()
    source(*moving((100, 90)))
    for _ in range(2 * KEY_EVERY):
        raw = source(*moving())
    assert source.lost == 2 and raw.max() < 0.75


def test_after_a_cut_the_object_is_looked_for_anew(network):
    source = SalientSource()
    source(*moving((20, 90)))
    source.forget()
    raw = source(*moving((170, 30)))
    assert network.count == 2 and overlap(raw > 0.5, answer((170, 30, 60, 60)) > 0) > 0.8


class Finder:
    """Says that the object is where the frame is bright; `found` counts how often it was asked."""

    tiled = False

    def __init__(self) -> None:
        self.found = 0

    def find(self, frame: np.ndarray) -> Detection:
        self.found += 1
        rows, columns = np.where(frame[..., 2] > 140)
        box = Box(float(columns.min()), float(rows.min()), float(np.ptp(columns)), float(np.ptp(rows)))
        return Detection(1.0, box, np.zeros((8, 8), np.float32))

    def window_around(self, box: Box | None) -> tuple[int, int, int, int]:
        return WHOLE


def test_a_cut_is_noticed_and_a_moving_object_is_none(network):
    finder = Finder()
    matte = WindowMatte(SIDE, SIDE, finder, SalientSource(), wavers=False)
    for k in range(4):
        matte(moving((20 + 4 * k, 90))[0])
    assert finder.found == 1
    after = cv2.add(moving((160, 30))[0][::-1], np.full((SIDE, SIDE, 3), 70, np.uint8))
    after[:, :150] = np.minimum(after[:, :150], 139)
    alpha = matte(after).alpha
    assert finder.found == 2
    assert alpha[95:145, 25:75].mean() < 40  # nothing is left where it was before
