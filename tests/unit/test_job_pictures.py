"""Pictures of an edit: prepared alike, whether they were uploaded or lie at an address."""

import pytest

from modules.edit.request import Element
from modules.jobs.job import Stage
from modules.media.errors import MediaError
from tests.support.scripted_media import PICTURE

ADDRESS = "https://pictures.test/a.webp"


def test_a_picture_at_an_address_is_fetched_prepared_and_uploaded(made):
    made.media.picture_changes = ("200x150 -> 400x300", "metadata removed")
    job = made.ended(made.start(image_urls=(str(PICTURE), ADDRESS)))
    (payload,) = made.engine.submitted
    assert made.media.fetched == [ADDRESS]
    assert all(url.startswith("https://storage.test/") for url in payload["image_urls"])
    clip, *pictures = job.prepared
    assert clip == "Clip: 966x544 -> 1280x720"
    assert pictures == ["@Image1: 200x150 -> 400x300", "@Image2: 200x150 -> 400x300"]
    assert made.runner.view(job).prepared == list(job.prepared)


def test_a_page_instead_of_a_picture_costs_nothing_and_is_named(made, monkeypatch):
    def refuse(url, target):
        raise MediaError("This link leads to a web page, not to a video or picture.")

    monkeypatch.setattr(made.media, "fetch_picture", refuse)
    job = made.ended(made.start(elements=(Element(str(PICTURE), (ADDRESS,)),)))
    assert job.stage == Stage.FAILED and "web page" in job.error and made.engine.submitted == []
    assert job.problems[0]["field"] == "elements[0]"


@pytest.mark.parametrize("where", ["image_urls", "elements"])
def test_what_was_done_survives_a_restart_of_the_journal(made, where):
    made.media.picture_changes = ("turned upright",)
    given = {"image_urls": (ADDRESS,)} if where == "image_urls" else {"elements": (Element(ADDRESS),)}
    job = made.ended(made.start(**given))
    assert made.journal.get(job.job_id).prepared == job.prepared
    assert "turned upright" in job.prepared[1]
