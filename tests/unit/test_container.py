"""The Dockerfile and .dockerignore, as far as can be seen without building an image."""

import subprocess

import pytest

from tests.support.container import (
    copies,
    environment,
    files_sent,
    health_command,
    ignored,
    instructions,
    values,
)
from tests.support.studio_app import PROJECT


def tracked(*places: str) -> list[str]:
    """The files of the project below these places: those that git knows, or all where there is no git."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--", *places], cwd=PROJECT, capture_output=True, text=True
    )
    if told.returncode == 0 and told.stdout:
        return told.stdout.rstrip("\0").split("\0")
    found = [file for place in places for file in [PROJECT / place, *(PROJECT / place).rglob("*")]]
    return [one.relative_to(PROJECT).as_posix() for one in found if one.is_file()]


def test_what_is_copied_exists_and_is_sent():
    sources = [source for some, _ in copies() for source in some]
    assert {"app.py", "modules", "requirements.txt", "examples"} <= set(sources)
    for source in sources:
        assert (PROJECT / source).exists(), source
        assert any(one == source or one.startswith(f"{source}/") for one in files_sent()), source


def test_nothing_that_the_app_needs_is_left_out():
    needed = tracked("app.py", "requirements.txt", "CHANGELOG.md", "modules", "examples")
    assert len(needed) > 300
    left_out = {one for one in needed if ignored(one)}
    assert left_out == set(tracked("examples/screenshots"))


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        "data/secret",
        "data/journal.sqlite",
        ".git/config",
        ".venv-tests/bin/python",
        "tests/run",
        "key.txt",
        "modules/__pycache__/studio.cpython-311.pyc",
    ],
)
def test_what_is_nobodys_business_stays_out(name):
    assert ignored(name)


def test_a_change_of_the_code_installs_nothing_again():
    order = [f"{name} {rest}" for name, rest in instructions()]
    installs = next(at for at, one in enumerate(order) if "pip install" in one)
    code = [at for at, one in enumerate(order) if one.startswith("COPY") and "requirements.txt" not in one]
    assert code and min(code) > installs


def test_it_runs_as_nobody_special_and_keeps_its_data_in_a_volume():
    order = [name for name, _ in instructions()]
    assert values("USER") == ["studio"] and order.index("USER") > max(
        at for at, name in enumerate(order) if name == "RUN"
    )
    set_there = environment()
    assert values("VOLUME") == [set_there["STUDIO_DATA_DIR"]]
    assert set_there["GRADIO_TEMP_DIR"].startswith(f"{set_there['STUDIO_DATA_DIR']}/")
    assert values("EXPOSE") == [set_there["GRADIO_SERVER_PORT"]] == ["7860"]
    assert set_there["GRADIO_SERVER_NAME"] == "0.0.0.0"
    assert values("FROM") == ["python:3.11-slim"]


def test_health_is_asked_without_a_package():
    assert health_command()[0] == "python" and "/healthz" in health_command()[2]
    assert "apt-get" not in str(instructions())
