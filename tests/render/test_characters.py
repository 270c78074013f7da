"""Characters in the clip: clean cut-outs, whole figures on their feet at the size of whom they replace, and
half figures that the frame's edges cut."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from modules.preview.checks import ResultChecks
from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Plan, Subject
from modules.preview.scene import Scene
from modules.preview.subject.character import Character
from modules.preview.subject.cutout import cut_out
from modules.preview.subject.detection import Box, SubjectMask
from modules.preview.subject.networks import Segmentation
from modules.preview.subject.placing import Placing, stance
from modules.preview.subject.replacement import CharacterCompositor
from modules.preview.subject_search import find_subject
from modules.preview.video.decode import TimedPicture
from tests.support.render_samples import frames

REFS = Path(__file__).parents[2] / "examples" / "refs"
ASTRONAUT, COFFEE, RACCOON = (
    str(REFS / "astronaut_512x512.png"),
    str(REFS / "coffee_600x400.png"),
    str(REFS / "raccoon_1024x768.jpg"),
)
WIDTH, HEIGHT = 320, 180
WALKER = Box(140, 50, 36, 90)


@pytest.fixture(scope="module")
def figure(tmp_path_factory) -> str:
    """A whole figure of one colour on nothing, 2 by 5."""
    picture = Image.new("RGBA", (240, 600), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((80, 20, 160, 110), fill=(255, 0, 255, 255))
    draw.rectangle((40, 110, 200, 330), fill=(255, 0, 255, 255))
    draw.rectangle((70, 330, 110, 580), fill=(255, 0, 255, 255))
    draw.rectangle((130, 330, 170, 580), fill=(255, 0, 255, 255))
    path = tmp_path_factory.mktemp("figure") / "figure.png"
    picture.save(path)
    return str(path)


def is_inside(picture: np.ndarray, x: int, y: int) -> bool:
    height, width = picture.shape[:2]
    return bool(y < height and x < width and picture[y, x, 3] > 128)


def test_a_raccoon_is_cut_out_without_the_leaves_round_it():
    found = cut_out(RACCOON, Segmentation())  # 900 pixels wide, cut out from the upper left corner
    inside = [(545, 395), (430, 100), (770, 140), (200, 230), (505, 270), (635, 290), (480, 470), (620, 480)]
    outside = [(40, 420), (100, 520), (250, 470), (330, 560), (760, 430), (850, 330), (860, 60), (640, 600)]
    assert all(is_inside(found.picture, *point) for point in inside)
    assert not any(is_inside(found.picture, *point) for point in outside)
    assert found.cut == {"left", "top"}


def test_a_cup_is_whole_and_an_astronaut_is_half_without_the_flag_behind_her():
    assert cut_out(COFFEE, Segmentation()).cut == frozenset()
    astronaut = cut_out(ASTRONAUT, Segmentation())
    assert "bottom" in astronaut.cut
    assert not any(is_inside(astronaut.picture, *point) for point in [(20, 60), (60, 140), (440, 100)])
    assert all(is_inside(astronaut.picture, *point) for point in [(225, 60), (200, 300), (400, 430)])


def test_a_transparent_picture_without_a_margin_may_be_whole_or_half(tmp_path):
    boots = Image.new("RGBA", (240, 600), (0, 0, 0, 0))
    draw = ImageDraw.Draw(boots)
    draw.ellipse((70, 0, 170, 120), fill=(90, 90, 200, 255))
    draw.rectangle((0, 120, 239, 350), fill=(90, 90, 200, 255))
    draw.rectangle((10, 350, 110, 599), fill=(90, 90, 200, 255))
    draw.rectangle((130, 350, 230, 599), fill=(90, 90, 200, 255))
    half = boots.crop((0, 0, 240, 340))
    for name, picture, cut in (("whole", boots, set()), ("half", half, {"bottom"})):
        picture.save(tmp_path / f"{name}.png")
        assert cut_out(str(tmp_path / f"{name}.png"), Segmentation()).cut == cut


def composed(element: str, boxes: list[Box], usual: Box, kind: str = "replace") -> list[np.ndarray]:
    """How much each frame of a grey clip is changed, after whom the boxes tell was followed."""
    compositor = CharacterCompositor(Character(element, (), Segmentation()), kind, WIDTH, HEIGHT, 25.0)
    grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    compositor.clean_plate = grey
    compositor.learn([grey], usual)
    nothing = np.zeros((HEIGHT, WIDTH), np.uint8)
    changed = []
    for k, box in enumerate(boxes):
        after = compositor(grey, SubjectMask(nothing, box), k / 25)
        changed.append(np.abs(after.astype(int) - 128).max(2))
    return changed


def test_half_a_figure_stands_in_the_foreground_cut_by_the_lower_edge():
    way = [Box(40 + 2 * k, 50, 36, 90) for k in range(60)]
    changed = [one > 25 for one in composed(ASTRONAUT, way, WALKER)]
    for one in changed:
        rows = np.flatnonzero(one.any(1))
        assert rows[-1] == HEIGHT - 1 and 0.5 * HEIGHT < HEIGHT - rows[0] < 0.8 * HEIGHT
        assert one[-1].sum() > 0.15 * WIDTH
    middles = [np.flatnonzero(one.any(0)).mean() for one in changed]
    steps = np.diff(middles)
    assert middles[-1] > middles[0] + 15 and np.abs(steps).max() < 3


def test_half_a_figure_joins_in_the_half_of_the_frame_where_nobody_is():
    right = Box(230, 50, 36, 90)
    changed = composed(ASTRONAUT, [right] * 5, right, "join")[-1] > 25
    assert changed[-1].any() and not changed[:, int(0.55 * WIDTH) :].any()
    assert HEIGHT - np.flatnonzero(changed.any(1))[0] > 0.5 * HEIGHT


def test_half_a_figure_takes_the_place_of_whom_the_frame_cuts_too():
    large = Box(110, 40, 90, 140)
    rows = np.flatnonzero((composed(ASTRONAUT, [large] * 5, large)[-1] > 25).any(1))
    assert abs(rows[0] - large.y) < 12 and rows[-1] == HEIGHT - 1
    assert stance({"bottom"}, large, HEIGHT) == "takes_place"
    assert stance({"bottom"}, WALKER, HEIGHT) == "foreground"


@pytest.mark.parametrize(("left", "side"), [(40, 0), (240, WIDTH - 1)])
def test_what_a_side_of_its_picture_cuts_looks_in_from_that_side_of_the_frame(left, side):
    box = Box(left, 50, 36, 90)
    changed = composed(RACCOON, [box] * 5, box)[-1] > 8
    assert changed[:, side].sum() > 0.12 * HEIGHT and not changed[:, WIDTH - 1 - side].any()
    assert changed[-1].any()


def test_a_whole_figure_has_the_height_and_the_feet_of_whom_it_replaces(figure):
    way = [Box(60 + k, 50 + (k % 9) * 0.7, 30 + (k % 7) * 4, 90 - (k % 9) * 0.7) for k in range(50)]
    for box, changed in zip(way, composed(figure, way, WALKER), strict=True):
        rows, columns = np.flatnonzero((changed > 90).any(1)), np.flatnonzero((changed > 90).any(0))
        assert abs(rows[-1] + 1 - (box.y + box.h)) < 0.04 * box.h
        assert abs(rows[-1] + 1 - rows[0] - box.h) < 0.1 * box.h
        assert abs(columns.mean() - box.centre[0]) < 0.12 * box.h


def test_a_wide_thing_is_lower_than_the_body_but_can_be_seen():
    placing = Placing(WIDTH, HEIGHT, 25.0)
    cup = placing.stands(WALKER, 1.1)
    assert 0.4 * WALKER.h < cup.tall < 0.8 * WALKER.h
    assert cup.foot == WALKER.y + WALKER.h and cup.grounded
    placing.usual = Box(100, 60, 120, 90)  # an animal on four legs is wide itself
    assert placing.stands(placing.usual, 1.3).tall == placing.usual.h


def test_one_who_walks_out_of_the_frame_is_cut_by_its_side(figure):
    way = [Box(240 + 2 * k, 50, min(36, WIDTH - 240 - 2 * k), 90) for k in range(36)]
    changed = composed(figure, way, WALKER)
    widths = [int((one > 90).any(0).sum()) for one in changed]
    assert widths[0] > 20 and widths[-1] < 0.5 * widths[0]


def staged(prompt: str, clip: str, element: str) -> tuple[Plan, SubjectMask, np.ndarray]:
    samples = frames(clip, 8, 640)
    height, width = samples[0].shape[:2]
    scene = Scene(direct(prompt, elements=1), width, height, 25.0, elements=((element, ()),))
    timed = [TimedPicture(sample, k, k * 0.5) for k, sample in enumerate(samples)]
    plan, matte = find_subject(scene.plan, timed, width, height)
    plan = scene.prepare(plan, samples, matte)
    for k in range(8):
        mask = matte.segment(samples[3], 1.5 + k / 25)
        after = scene(samples[3], k, k / 25, mask)
    return plan, mask, after


def test_the_plan_says_that_half_a_figure_cannot_walk():
    plan, _, after = staged(
        "Replace the walking person with @Element1", "person_park_1280x720.mp4", ASTRONAUT
    )
    assert any("half figure, which cannot walk" in said and "@Element1" in said for said in plan.fallbacks)
    orange = after[..., 2].astype(int) - after[..., 0] > 90
    assert orange[-3:].sum() > 60


def test_a_whole_figure_walks_in_the_clip(figure):
    plan, mask, after = staged(
        "Replace the walking person with @Element1", "person_park_1280x720.mp4", figure
    )
    assert plan.fallbacks == () and mask.box is not None
    theirs = np.minimum(after[..., 0], after[..., 2]).astype(int) - after[..., 1] > 60
    rows = np.flatnonzero(theirs.sum(1) > 2)
    assert abs(rows[-1] - rows[0] - mask.box.h) < 0.1 * mask.box.h
    assert abs(rows[-1] - (mask.box.y + mask.box.h)) < 0.06 * mask.box.h


def test_a_small_character_is_not_said_to_be_missing():
    plan = Plan(subject=Subject("replace", "@Element1", element=1))
    before = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    after = before.copy()
    after[100:140, 100:116] = 0
    for shown, missing in ((after, False), (before, True)):
        checks = ResultChecks(plan, 1)
        checks.take(0, before, shown, SubjectMask(np.zeros((HEIGHT, WIDTH), np.uint8), WALKER))
        assert bool(checks.verdict(plan).fallbacks) is missing


def test_the_shadow_falls_where_the_ground_is_dry_and_away_from_the_light(figure):
    grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    nothing, dark = np.zeros((HEIGHT, WIDTH), np.uint8), {}
    for name, place in {"wet": {"dry": False}, "left": {"light": -1}, "right": {"light": 1}}.items():
        compositor = CharacterCompositor(
            Character(figure, (), Segmentation()), "replace", WIDTH, HEIGHT, 25.0
        )
        compositor.learn([grey], WALKER, **place)
        after = compositor.paste(grey.copy(), SubjectMask(nothing, WALKER), 0.0)
        dark[name] = (after[138:150, :, 1] < 124) & (after[138:150, :, 1] > 60)
    assert dark["left"][:, 160:].sum() > dark["left"][:, :156].sum() * 1.3
    assert dark["right"][:, :156].sum() > dark["right"][:, 160:].sum() * 1.3
    assert dark["wet"].sum() < 0.3 * dark["left"].sum()
