"""The app out of the files that an image would hold, and the image's health check, as written."""

import contextlib
import os
import sqlite3
import subprocess
import sys

from tests.support.container import health_command, lay_out
from tests.support.raw_events import RawPage
from tests.support.raw_requests import ask, call
from tests.support.studio_app import CLIPS, free_port, running_app
from tests.support.waiting import until


def checked(port: int) -> int:
    """What the health check of the image exits with."""
    _, *rest = health_command()
    ran = subprocess.run(
        [sys.executable, *rest],
        env={"GRADIO_SERVER_PORT": str(port), "PATH": os.environ["PATH"]},
        capture_output=True,
        timeout=30,
    )
    return ran.returncode


def test_what_the_image_holds_is_enough_for_an_edit_and_its_health_is_seen(tmp_path):
    project = lay_out(tmp_path / "image")
    assert not (project / "tests").exists()
    with running_app(tmp_path / "data", project=project) as app:
        assert checked(app.port) == 0
        clip = RawPage(app.url).uploaded((CLIPS / "person_park_1280x720.mp4").read_bytes())
        sent = {"prompt": "make it a snowy winter", "video": clip, "duration": "3"}
        assert call(app.url, "edit", sent, seconds=120)[1][1]["stage"] == "COMPLETED"
        assert ask(app.url, "GET", f"/gradio_api/file={project}/examples/examples.json").status == 404
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / "journal.sqlite", timeout=10)) as journal:
            journal.execute("ALTER TABLE jobs RENAME TO lost")
            until(lambda: ask(app.url, "GET", "/healthz").status == 503, 10)
            assert checked(app.port) == 1
            journal.execute("ALTER TABLE lost RENAME TO jobs")


def test_a_port_where_nobody_listens_is_not_healthy():
    assert checked(free_port()) == 1
