"""A network whose file is not the project's is not run: what can do without it goes on, the rest says so."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from modules.preview.subject import networks, weights
from modules.preview.subject.matte import Matte
from modules.preview.subject.weights import FOLDER, SUMS, NetworkRefused, read_weights
from modules.settings import PROJECT

ALL = sorted(path.name for path in FOLDER.glob("*.onnx"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the weights, which the networks are loaded from."""
    copied = Path(shutil.copytree(FOLDER, tmp_path / "weights"))
    monkeypatch.setattr(weights, "FOLDER", copied)
    networks.small.cache_clear()
    yield copied
    networks.small.cache_clear()


def test_a_network_reports_to_nobody(tmp_path):
    """onnxruntime's telemetry begins by keeping a device id in the user's cache."""
    code = "from modules.preview.subject.networks import SQUARE, session; session(SQUARE)"
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=home, check=True, timeout=60)
    assert list(tmp_path.rglob("*")) == []


def alter_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


HARM: dict[str, Callable[[Path], None]] = {
    "a byte": alter_a_byte,
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "more": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "a pointer of git-lfs": lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"),
    "gone": Path.unlink,
    "no sums": lambda path: path.with_name(SUMS).unlink(),
    "not in the sums": lambda path: path.with_name(SUMS).write_text(""),
}


@pytest.mark.parametrize("name", ALL)
def test_every_network_is_the_one_that_the_project_came_with(name):
    assert hashlib.sha256(read_weights(name)).hexdigest() in (FOLDER / SUMS).read_text()


def test_every_file_of_weights_is_in_the_sums():
    assert sorted(line.split("  ")[1] for line in (FOLDER / SUMS).read_text().splitlines()) == ALL and ALL


@pytest.mark.parametrize("harm", HARM)
def test_another_file_is_refused_with_a_sentence(folder, harm):
    HARM[harm](folder / ALL[0])
    with pytest.raises(NetworkRefused) as refused:
        read_weights(ALL[0])
    assert ALL[0] in refused.value.sentence and "Nothing was billed" in refused.value.sentence


def test_a_look_that_needs_the_network_fails_with_the_sentence(folder):
    alter_a_byte(folder / "multistyle26.onnx")
    with pytest.raises(NetworkRefused, match="checksum"):
        networks.session("multistyle26.onnx")


def test_a_subject_is_looked_for_without_the_networks_that_are_refused(folder, caplog):
    for name in networks.SMALL:
        alter_a_byte(folder / name)
    picture = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), np.uint8)
    seen = networks.Segmentation()
    assert not seen.square(picture).any() and not seen.wide(picture).any()
    assert Matte(1280, 720).prepare([picture, picture, picture]) in ("none", "colour")
    assert all(name in caplog.text for name in networks.SMALL[:2])
