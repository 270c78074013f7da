"""The table and the picture of the benches' figures, and how a bench that fails is told."""

import math
import sys

import pytest
from PIL import Image

from tests.bench import __main__ as everything
from tests.bench.__main__ import chosen
from tests.bench.chart import EDGE, LABEL, MISSED, MOST, OURS, WIDE, YARDSTICK, Panel, columns, draw
from tests.bench.figure import Figure
from tests.bench.outcome import Outcome, benches, run
from tests.bench.table import number, table

WEIGHT = Figure("The page", "weight", 1.5, "MB", 3.0, "native page")
LATE = Figure("The page", "readable", 4.0, "s", 1.0, "native page", target=2.0)
FOUND = Figure("The engine", "found", 91.0, "%", target=85.0, better="higher")
ALONE = Figure("The engine", "started", 0.25, "s")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_for_each_figure_and_the_group_once():
    head, rule, *rows = table(
        [Outcome("bench_page", (WEIGHT, LATE)), Outcome("bench_engine", (FOUND, ALONE))]
    ).splitlines()
    assert cells(head) == ["group", "figure", "ours", "yardstick", "ratio", "target"]
    assert set(rule) == {"|", "-"} and len({len(one) for one in (head, rule, *rows)}) == 1
    assert [cells(row) for row in rows] == [
        ["The page", "↓ weight", "1.50 MB", "3 MB (native page)", "0.50×", ""],
        ["", "↓ readable", "4 s", "1 s (native page)", "4×", "at most 2 s, MISSED"],
        ["The engine", "↑ found", "91%", "", "", "at least 85%, met"],
        ["", "↓ started", "0.25 s", "", "", ""],
    ]


def test_a_bench_that_failed_has_a_row_that_says_why():
    told = table([Outcome("bench_wire", error="exit code 1: ValueError: a | b"), Outcome("x", (WEIGHT,))])
    failed, fine = told.splitlines()[2:]
    assert cells(failed) == ["bench_wire", "FAILED: exit code 1: ValueError: a / b", "", "", "", ""]
    assert cells(fine)[0] == "The page"


def test_numbers_have_about_three_digits_that_count():
    values = (0, 0.00042, 0.1234, 1.234, 12.34, 1234.5, 2.0)
    assert [number(value) for value in values] == ["0", "0.00042", "0.12", "1.23", "12.3", "1,234", "2"]


def colour(picture: Image.Image, column: int, row_colour: str) -> int:
    """How many pixels of that colour are right of the names, in one of the two columns."""
    wide = (WIDE - 2 * EDGE) // 2
    left = EDGE + column * wide + LABEL
    part = picture.convert("RGB").crop((left, 172, EDGE + (column + 1) * wide, picture.height))
    wanted = tuple(int(row_colour[at : at + 2], 16) for at in (1, 3, 5))
    near = (count for count, one in part.getcolors(1 << 20) if math.dist(one, wanted) < 8)
    return sum(near)


def test_bars_are_shares_of_the_yardstick_and_a_missed_target_has_a_colour_of_its_own(tmp_path):
    out = tmp_path / "new" / "figures.png"
    draw([WEIGHT, LATE, FOUND, ALONE], out, "in a test")
    picture = Image.open(out)
    assert picture.width == WIDE
    ours, missed = colour(picture, 0, OURS), colour(picture, 0, MISSED)
    # Half of the yardstick; four times is cut at the end of the row (less two gaps and the target).
    assert missed == pytest.approx(MOST / 0.5 * ours, rel=0.15) and ours
    assert colour(picture, 1, MISSED) == 0 and colour(picture, 1, OURS) > ours


def test_colours_of_the_legend_are_true_where_no_bar_has_them(tmp_path):
    draw([WEIGHT], tmp_path / "figures.png", "in a test")
    legend = Image.open(tmp_path / "figures.png").convert("RGB").crop((0, 80, WIDE, 140))
    shown = {"#{:02x}{:02x}{:02x}".format(*one) for _, one in legend.getcolors(1 << 20)}
    assert {OURS, MISSED, YARDSTICK} <= shown


def test_a_page_of_sixty_figures_is_light(tmp_path):
    draw([WEIGHT, LATE, FOUND, ALONE] * 15, tmp_path / "figures.png", "in a test")
    assert (tmp_path / "figures.png").stat().st_size < 200_000


def test_panels_stay_in_order_and_fill_both_columns_alike():
    panels = [Panel(str(at), (WEIGHT,) * count) for at, count in enumerate((3, 3, 2, 4))]
    assert columns(panels) == (panels[:2], panels[2:])
    assert columns(panels[:1]) == (panels[:1], [])


def test_benches_are_found_by_their_function(tmp_path):
    (tmp_path / "bench_load.py").write_text("def figures(quick=False):\n    return []\n")
    (tmp_path / "bench_prompts.py").write_text("def main():\n    pass\n")
    (tmp_path / "figures.py").write_text("def figures(quick=False):\n    return []\n")
    assert benches(tmp_path) == ["bench_load"]
    assert {"bench_page", "bench_wire", "bench_media", "bench_render", "bench_crowd"} < set(benches())


def test_benches_are_chosen_by_short_names():
    assert chosen("wire, bench_page", ["bench_page", "bench_wire"]) == ["bench_wire", "bench_page"]
    assert chosen("", ["bench_page"]) == ["bench_page"]
    with pytest.raises(ValueError, match="bench_pgae"):
        chosen("pgae", ["bench_page"])


@pytest.fixture
def two(monkeypatch):
    """Two benches, of which the second fails."""
    found = {"bench_page": Outcome("bench_page", (WEIGHT,)), "bench_wire": Outcome("bench_wire", error="no")}
    monkeypatch.setattr(everything, "benches", lambda: list(found))
    monkeypatch.setattr(everything, "run", lambda name, quick: found[name])


def test_one_that_fails_stops_no_other_and_is_the_exit_code(two, tmp_path, capsys):
    out = tmp_path / "figures.png"
    assert everything.main(["--quick", "--out", str(out)]) == 1
    assert "↓ weight" in (told := capsys.readouterr().out) and "FAILED: no" in told and out.is_file()


def test_some_benches_alone_leave_the_picture_of_all_as_it_is(two, tmp_path, monkeypatch):
    monkeypatch.setattr(everything, "PICTURE", tmp_path / "figures.png")
    assert everything.main(["--only", "page"]) == 0
    assert not list(tmp_path.iterdir())


def test_figures_come_from_a_process_of_their_own():
    got = run("bench_poll", quick=True)
    assert not got.error and [figure.yardstick_name for figure in got.figures] == ["every 2 s"] * 3


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('fine so far'); raise ValueError('no browser')", "exit code 1: ValueError: no browser"),
        ("import time; time.sleep(60)", "still running after 1 s"),
        ("import sys; open(sys.argv[-1], 'w').write('[]')", "it has measured nothing"),
        (
            """import json, sys; json.dump([{"group": "g", "name": "n", "value": float("nan"), "unit": ""}],
            open(sys.argv[-1], "w"))""",
            "n: a figure that is no number",
        ),
        ("pass", "it has handed nothing over"),
    ],
)
def test_a_bench_that_gives_no_figures_is_told(code, said):
    limit = 1 if "sleep" in code else 30
    got = run("bench_x", quick=True, command=[sys.executable, "-c", code], limit=limit)
    assert got == Outcome("bench_x", error=said)
