"""The app with its journal beside a mounted bucket: what the page says of the copy, and how the app ends."""

import json
import time

from tests.support.mounted import rows
from tests.support.raw_events import RawPage
from tests.support.studio_app import running_app
from tests.support.waiting import until


def test_the_page_says_that_another_studio_has_the_folder_until_it_has_ended(tmp_path):
    data, disk = tmp_path / "bucket", tmp_path / "disk"
    data.mkdir()
    owner = data / "journal.owner.json"
    owner.write_text(json.dumps({"journal": "another", "beat": time.time() + 15.0}))
    with running_app(data, STUDIO_JOURNAL_DIR=str(disk)) as app:

        def told() -> str:
            return RawPage(app.url).values("arrive", [""])[2]

        assert "Another copy of this studio" in told() and "DATABASE_URL" in told()
        assert (disk / "journal.sqlite").exists() and not (data / "journal.sqlite").exists()
        owner.unlink()
        until(lambda: "Another copy" not in told(), every=0.5)
        assert "Edit a video by describing it" in told()
        until(lambda: (data / "journal.sqlite").exists())
        assert rows(data / "journal.sqlite") == []
    # It has said that it ends: whoever follows takes over at once.
    assert not owner.exists()
