"""README's examples for programs run as they stand, against the app."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.studio_app import CLIPS, PROJECT
from tests.support.waiting import until

PORT = "http://127.0.0.1:7860"
JS_CLIENT = "@gradio/client@2.7.0"
SECONDS = 120


def example(language: str, holding: str) -> str:
    """The code of README in that language that holds those words."""
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```", (PROJECT / "README.md").read_text("utf-8"), re.DOTALL | re.M
    )
    (found,) = [code for code in blocks if holding in code]
    return found


def run(studio, folder: Path, command: list[str], code: str, name: str) -> str:
    """What the example prints, beside a clip called clip.mp4 as it says."""
    shutil.copy(CLIPS / "person_park_1280x720.mp4", folder / "clip.mp4")
    assert PORT in code
    (folder / name).write_text(code.replace(PORT, studio.url), "utf-8")
    ended = subprocess.run([*command, name], cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout


def test_the_python_client_streams_an_edit(studio, tmp_path):
    said = run(studio, tmp_path, [sys.executable], example("python", "gradio_client"), "edit.py")
    assert "PREPARING" in said and "COMPLETED" in said.splitlines()[-1] and ".mp4" in said


@pytest.mark.skipif(not shutil.which("npm"), reason="the JavaScript client needs Node.js")
def test_the_javascript_client_streams_an_edit(studio, tmp_path):
    subprocess.run(
        ["npm", "install", "--silent", "--no-fund", "--no-audit", JS_CLIENT],
        cwd=tmp_path,
        check=True,
        timeout=SECONDS,
        capture_output=True,
    )
    said = run(studio, tmp_path, ["node"], example("javascript", "@gradio/client"), "edit.mjs")
    last = said.splitlines()[-1]
    assert "PREPARING" in said and "COMPLETED" in last
    video = requests.get(last.rsplit(" ", 1)[1], timeout=20)
    assert video.ok and video.content[4:8] == b"ftyp"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_submits_an_edit_and_finds_it_again(studio, tmp_path):
    said = run(studio, tmp_path, ["bash"], example("bash", "call/v2/submit"), "edit.sh")
    job_id = re.search(r'"job_id": ?"([\w-]+)"', said)[1]

    def completed():
        api = f"{studio.url}/gradio_api"
        event = requests.post(f"{api}/call/v2/job", json={"job_id": job_id}, timeout=20).json()["event_id"]
        return '"stage": "COMPLETED"' in requests.get(f"{api}/call/job/{event}", timeout=20).text

    assert '"stage": "PREPARING"' in said and until(completed, SECONDS, 0.3)
