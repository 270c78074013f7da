"""Edits of clips that are here or drip in, what became of them, and the money that is set aside."""

from tests.support.raw_events import RawPage
from tests.support.studio_app import CLIPS
from tests.support.waiting import until

CLIP = (CLIPS / "person_park_1280x720.mp4").read_bytes()
"""Five seconds, in a shape that is sent as it is."""


def settings(upstream) -> dict[str, str]:
    """Of an app whose owner pays, with Segmind and its files at `upstream`."""
    return {
        "SEGMIND_BASE_URL": upstream.url,
        "SEGMIND_STORAGE_URL": upstream.url,
        "SEGMIND_API_KEY": "SG_feedfacefeedface",
        "STUDIO_DAILY_BUDGET_USD": "1000",
    }


def stages(app, page: RawPage) -> list[str]:
    return [row[0] for row in app.rows("SELECT stage FROM jobs WHERE visitor = ?", page.visitor)]


def spending(app, page: RawPage) -> list[tuple]:
    return app.rows(
        "SELECT state, usd FROM spending JOIN jobs USING (job_id) WHERE jobs.visitor = ?", page.visitor
    )


def drip(page: RawPage, upstream) -> RawPage:
    """Two edits of that visitor, of clips that come at two bytes a second."""
    asked = upstream.count("file")
    for prompt in ("rain", "snow"):
        assert page.start(engine="segmind", prompt=prompt, video_url=upstream.file_url) == {}
    until(lambda: upstream.count("file") >= asked + 2, 20)
    return page
