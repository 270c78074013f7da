"""My edits, page by page and searched, in both of the databases that can hold them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from modules.edit.request import EditRequest
from modules.jobs.job import Stage
from modules.jobs.store.database import Database
from modules.jobs.store.journal import Journal
from modules.jobs.store.schema import jobs
from tests.support.jobs import a_job
from tests.support.postgres import Postgres

ANNA = "anna's token"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request, tmp_path: Path):
    """Opens the same empty database as often as it is called."""
    url = request.getfixturevalue("server").new_database() if request.param == "postgres" else ""
    made = []

    def open_again() -> Database:
        made.append(Database(tmp_path / "journal.sqlite", url))
        return made[-1]

    yield open_again
    for database in made:
        database.close()


@pytest.fixture
def journal(opened) -> Journal:
    return Journal(opened())


def write(journal: Journal, number: int, prompt: str, **changes) -> str:
    job = a_job(
        job_id=f"Job-{number:04d}",
        visitor=ANNA,
        request=EditRequest(prompt=prompt, video_url="/srv/clip.mp4"),
        created_at=1000.0 + number,
        **changes,
    )
    journal.create(job, "one")
    return job.job_id


def found(journal: Journal, search: str) -> list[str]:
    listed, count = journal.page_of(ANNA, search, 1, 100)
    assert count == len(listed)
    return [job.job_id for job in listed]


def test_pages_hold_every_job_once_newest_first(journal):
    ids = [write(journal, number, f"Edit {number}") for number in range(47)]
    pages = [journal.page_of(ANNA, "", page, 20) for page in (1, 2, 3, 4)]
    assert [len(listed) for listed, _ in pages] == [20, 20, 7, 0]
    assert {count for _, count in pages} == {47}
    assert [job.job_id for listed, _ in pages for job in listed] == ids[::-1]


def test_only_the_visitors_own_jobs_that_were_not_forgotten_are_counted(journal):
    kept, forgotten = write(journal, 1, "Snow"), write(journal, 2, "Snow")
    journal.create(a_job(visitor="ben's token"), "one")
    journal.hide(forgotten)
    assert found(journal, "") == [kept] == found(journal, "snow")


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        ("snow", [3, 1]),
        ("SNOW street", [1]),
        ("street   Snow", [1]),
        ("snow rain", []),
        ("now", [3, 1]),
        ("ÉTÉ", [2]),
        ("e\u0301te\u0301", [2]),
        ("зима", [2]),
        ("STRASSE", [3]),
        ("100%", [4]),
        ("%", [4]),
        ("_", [5]),
        ("a_b", [5]),
        ("\\", [5]),
        ("/", [4]),
        ("'; drop table jobs; --", []),
        ("REQ-77", [3]),
        ("job-0004", [4]),
        ("\0", [5, 4, 3, 2, 1]),
        ("\ud800snow", [3, 1]),
        (" \t\n", [5, 4, 3, 2, 1]),
    ],
)
def test_every_word_must_be_there_in_any_case_and_no_sign_is_special(journal, search, numbers):
    write(journal, 1, "Make the street SNOW white")
    write(journal, 2, "Un été sans fin, Зима")
    write(journal, 3, "straße, snow", request_id="req-77", stage=Stage.QUEUED)
    write(journal, 4, "100% red and/or blue")
    write(journal, 5, "axb a_b c\\d")
    assert found(journal, search) == [f"Job-{number:04d}" for number in numbers]


def test_a_request_id_that_came_later_is_found(journal):
    job = a_job(stage=Stage.SUBMITTING, visitor=ANNA)
    journal.create(job, "one")
    journal.save(job.moved(1.0, Stage.QUEUED, request_id="upstream-4711"), 1, "one")
    assert found(journal, "4711") == [job.job_id]


def test_a_search_of_any_length_is_answered(journal):
    write(journal, 1, "snow " * 400)
    assert found(journal, "snow " * 100_000) == ["Job-0001"]
    assert found(journal, "x" * 100_000) == []


def test_a_journal_of_an_earlier_version_is_searched_too(opened):
    database = opened()
    journal = Journal(database)
    job_id, broken = write(journal, 1, "Make it snow"), write(journal, 2, "Rain")
    with database.write() as connection:
        connection.execute(jobs.update().where(jobs.c.job_id == broken).values(body=json.dumps([])))
        connection.execute(text("ALTER TABLE jobs DROP COLUMN searched"))
    later = Journal(opened())
    assert found(later, "SNOW") == [job_id] and later.get(job_id).request.prompt == "Make it snow"
    assert write(later, 3, "More snow") and found(later, "snow") == ["Job-0003", job_id]
    assert found(Journal(opened()), "snow") == ["Job-0003", job_id]
