"""The app with its journal beside a mounted bucket: what the page says of the copy, and how the app ends."""

import threading

from modules.jobs.store.copy_owner import CopyOwner
from modules.periodic import every
from tests.support.mounted import rows
from tests.support.raw_events import RawPage
from tests.support.studio_app import running_app
from tests.support.waiting import until


def test_the_page_says_that_another_studio_has_the_folder_until_it_has_ended(tmp_path):
    data, disk, ended = tmp_path / "bucket", tmp_path / "disk", threading.Event()
    data.mkdir()
    other = CopyOwner(data, "the other one's")
    other.renew()
    living = every(1.0, other.renew, ended)
    with running_app(data, STUDIO_JOURNAL_DIR=str(disk)) as app:

        def told() -> str:
            return RawPage(app.url).values("arrive", [""])[2]

        assert "Another copy of this studio" in told() and "DATABASE_URL" in told()
        assert (disk / "journal.sqlite").exists() and not (data / "journal.sqlite").exists()
        ended.set()
        living.join()
        other.leave()
        until(lambda: "Another copy" not in told(), every=0.5)
        assert "Edit a video by describing it" in told()
        until(lambda: (data / "journal.sqlite").exists())
        assert rows(data / "journal.sqlite") == []
        assert (data / "journal.owner.json").exists()
    # Its end was said: whoever follows takes over at once.
    assert not (data / "journal.owner.json").exists()
