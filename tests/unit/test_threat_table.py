"""Every threat that SECURITY.md names has its wall's test, which exists."""

import ast
import re

import pytest

from modules.settings import PROJECT

TABLE = (PROJECT / "SECURITY.md").read_text(encoding="utf-8").partition("## Threats")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if line.startswith("|") and not re.fullmatch(r"[|\s-]+", line)
][1:]


def named_in(path: str) -> set[str]:
    """The names of the tests in a file, those in classes as Class::name."""
    place = PROJECT / path
    tree = ast.parse(place.read_text(encoding="utf-8")) if place.is_file() else ast.Module([], [])
    functions, found = (ast.FunctionDef, ast.AsyncFunctionDef), set()
    for one in tree.body:
        if isinstance(one, functions):
            found.add(one.name)
        elif isinstance(one, ast.ClassDef):
            found |= {f"{one.name}::{each.name}" for each in one.body if isinstance(each, functions)}
    return {name for name in found if name.split("::")[-1].startswith("test_")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_threat_has_a_wall_and_a_test_that_exists(row):
    assert len(row) == 3 and all(row), row
    named = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", row[2])
    assert named, f"no test is named: {row}"
    assert [test for path, test in named if test not in named_in(path)] == []


def test_no_threat_is_named_twice():
    threats = [row[0] for row in ROWS]
    assert len(threats) > 40 and sorted(threats) == sorted(set(threats))
