"""The pictures that represent the studio elsewhere: what opens the README, and what links unfold to."""

import re

from PIL import Image

from tests.support.studio_app import PROJECT

README = (PROJECT / "README.md").read_text("utf-8")
FRONT, BODY = README.split("---\n")[1], README.split("---\n", 2)[2]
HERO, UNFURLED = PROJECT / "examples" / "screenshots" / "hero.webp", PROJECT / "examples" / "og.jpg"


def test_the_readme_opens_with_the_hero_and_the_two_commands():
    parts = [part for part in BODY.strip().split("\n\n") if part]
    assert parts[0].startswith("# ") and parts[1].endswith("](examples/screenshots/hero.webp)")
    assert parts[2] == "```bash\npip install -r requirements.txt && python app.py\n```"
    assert parts[3] == "```bash\nbash tests/run\n```"


def test_every_picture_of_the_readme_is_there():
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", BODY)
    assert len(named) > 2 and [name for name in named if not (PROJECT / name).is_file()] == []


def test_the_hero_moves_loops_and_is_small():
    assert HERO.stat().st_size < 1_500_000
    with Image.open(HERO) as picture:
        assert picture.size == (800, 450) and picture.n_frames > 50 and picture.info["loop"] == 0


def test_links_unfold_to_a_picture_of_the_right_shape_by_a_whole_address():
    assert UNFURLED.stat().st_size < 200_000
    with Image.open(UNFURLED) as picture:
        assert picture.size == (1200, 630) and picture.format == "JPEG"
    told = re.search(r"^thumbnail: (\S+)$", FRONT, re.MULTILINE)
    assert told and re.fullmatch(
        r"https://huggingface\.co/spaces/[^/]+/[^/]+/resolve/main/examples/og\.jpg", told[1]
    )
