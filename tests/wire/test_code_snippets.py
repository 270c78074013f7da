"""The Code tab: what it shows runs as it stands, against an engine that speaks the contract."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import av
import pytest

from modules.edit.request import EditRequest, Element
from modules.ui.snippets import LANGUAGES, snippets
from tests.support.fake_upstream import FakeUpstream
from tests.support.preview_server import EngineProcess
from tests.support.studio_app import CLIPS, KEY, REFS

HOSTILE = 'Make it "winter"\n\'\'\' """ \\ $HOME `id` ${x} {y} \u2028 JSON </script> @Element1'
REQUEST = EditRequest(
    prompt=HOSTILE,
    video_url=str(CLIPS / "dunes_966x544.mp4"),
    duration="3",
    keep_audio=True,
    elements=(Element(str(REFS / "astronaut_512x512.png")),),
)


_IMPATIENT = """import time
wait = time.sleep
time.sleep = lambda seconds: wait(min(seconds, 0.05))
"""


@pytest.fixture
def engine():
    with FakeUpstream() as upstream:
        upstream.durations = (0.0, 0.1)
        yield upstream


@pytest.fixture(scope="module")
def preview(tmp_path_factory):
    with EngineProcess(tmp_path_factory.mktemp("engine")) as running:
        yield running.caller.base


def edited(folder: Path, code: str, sources: Iterable[str], engine_url: str) -> Path:
    """The video that `code`, run as it stands, makes of the files `sources`. It asks for the status every few
    seconds; here those pass at once."""
    code_folder, patch = folder / "code", folder / "patch"
    code_folder.mkdir()
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(_IMPATIENT)
    for source in sources:
        shutil.copy(source, code_folder)
    (code_folder / "edit.py").write_text(code, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(patch),
        "SEGMIND_API_KEY": KEY,
        "SEGMIND_BASE_URL": engine_url,
        "SEGMIND_STORAGE_URL": engine_url,
    }
    done = subprocess.run(
        [sys.executable, "edit.py"],
        cwd=code_folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return code_folder / "edited.mp4"


@pytest.mark.parametrize("language", ["Python (SDK)", "Python (requests)"])
def test_the_python_code_edits_a_clip(engine, tmp_path, language):
    with av.open(str(edited(tmp_path, snippets(REQUEST)[language], REQUEST.sources(), engine.url))) as clip:
        assert clip.streams.video[0].width
    assert engine.submits == 1
    sent = engine.accepted[0].payload
    assert sent["prompt"] == HOSTILE and sent["duration"] == "3" and sent["keep_audio"] is True
    assert sent["video_url"].startswith("http")
    assert sent["elements"][0]["frontal_image_url"].startswith("http")


@pytest.mark.parametrize("language", ["Python (SDK)", "Python (requests)"])
def test_the_python_code_edits_a_clip_on_the_preview_engine(preview, tmp_path, language):
    plain = replace(REQUEST, prompt="copy it", elements=())
    with av.open(str(edited(tmp_path, snippets(plain)[language], plain.sources(), preview))) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"


def test_no_snippet_holds_a_key_or_a_local_path():
    for language, text in snippets(REQUEST).items():
        assert "SG_" not in text, language
        assert str(CLIPS) not in text, language
    assert list(snippets(REQUEST)) == list(LANGUAGES)


def test_the_python_is_valid_for_an_empty_form():
    for language in ("Python (SDK)", "Python (requests)"):
        ast.parse(snippets(EditRequest())[language])


def test_the_shell_code_is_valid_and_sends_the_prompt_as_typed(tmp_path):
    script = tmp_path / "edit.sh"
    script.write_text(snippets(REQUEST)["curl"], "utf-8")
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    # A curl that only tells what it was given.
    fake = tmp_path / "curl"
    fake.write_text(
        f"#!{sys.executable}\nimport sys\nsys.stdout.write(sys.stdin.read() if '@-' in sys.argv else '')\n"
    )
    fake.chmod(0o755)
    told = subprocess.run(
        ["bash", str(script)],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout)["prompt"] == HOSTILE
