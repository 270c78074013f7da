"""A chosen clip is fitted while the prompt is still being written, and never a second time."""

import secrets

from tests.support.media_samples import clip
from tests.support.raw_events import RawPage, fields, file_data
from tests.support.raw_requests import ask, multipart
from tests.support.studio_app import running_app
from tests.support.waiting import until


def fitted(app) -> list:
    return [path for path in app.data.glob("fitted/*/*.mp4") if not path.name.startswith(".")]


def ended(app, page, count: int) -> list[tuple]:
    """The visitor's jobs once so many are done: id and stage."""

    def jobs():
        rows = app.rows("SELECT job_id, stage FROM jobs WHERE visitor = ? ORDER BY created_at", page.visitor)
        return rows if len(rows) == count and all(row[1] in ("COMPLETED", "FAILED") for row in rows) else None

    return until(jobs)


def test_a_clip_that_was_looked_at_is_fitted_before_the_press_and_only_then(tmp_path):
    tall = clip(tmp_path / "tall.mp4", 240, 426, 4.0)
    with running_app(tmp_path / "data") as app:
        page = RawPage(app.url)
        headers, body = multipart(tall.read_bytes(), f"{secrets.token_hex(4)}.mp4")
        path = ask(app.url, "POST", "/gradio_api/upload", headers, body).json()[0]
        form = {"video": file_data(path), "duration": 3, "aspect_ratio": "16:9", "prompt": "Black and white"}
        page.post("look", ["preview", "", *fields(**form)])
        kept = until(lambda: fitted(app))

        assert page.start(**form) == {}
        assert page.start(**form | {"prompt": "Old film"}) == {}
        jobs = ended(app, page, 2)
        assert [stage for _, stage in jobs] == ["COMPLETED"] * 2
        befores = [app.data / "jobs" / job_id / "before.mp4" for job_id, _ in jobs]
        assert fitted(app) == kept and all(before.samefile(kept[0]) for before in befores)

        page.act("forget", jobs[0][0])
        until(lambda: not befores[0].exists())
        assert not kept[0].exists() and befores[1].exists()


def test_another_start_of_the_same_clip_is_another_fitting(tmp_path):
    with running_app(tmp_path / "data") as app:
        page = RawPage(app.url)
        headers, body = multipart(clip(tmp_path / "a.mp4", 320, 180, 5.0).read_bytes())
        path = ask(app.url, "POST", "/gradio_api/upload", headers, body).json()[0]
        form = {"video": file_data(path), "duration": 3, "aspect_ratio": "16:9", "prompt": "Black and white"}
        page.post("look", ["preview", "", *fields(**form)])
        until(lambda: fitted(app))
        assert page.start(**form | {"start": 1.5}) == {}
        ended(app, page, 1)
        assert len(fitted(app)) == 2
