"""`app.py` with short limits: a transfer that stalls is given up after STALL_SECONDS, not half a minute, and
SLOTS events are carried out at the same time, not thousands.

python -m tests.support.hasty_app
"""

from functools import partial

STALL_SECONDS = 2.0
SLOTS = 80
"""More than the 64 watches that one address may have, as thousands are."""


def main() -> None:
    import app
    from modules import studio_media
    from modules.media.fetch.safe_fetch import SafeFetcher
    from modules.ui import launch as launching
    from modules.ui import shared_answers
    from modules.ui.upload_guard import UploadGuard

    launch = launching.gr.Blocks.launch

    def launched(self, *args, max_threads, **options):
        assert max_threads > SLOTS
        return launch(self, *args, max_threads=SLOTS, **options)

    launching.gr.Blocks.launch = launched
    shared_answers.MOST_EVENTS = SLOTS
    launching.UploadGuard = partial(UploadGuard, stall_seconds=STALL_SECONDS)
    studio_media.SafeFetcher = partial(SafeFetcher, stall_seconds=STALL_SECONDS)
    app.main()


if __name__ == "__main__":
    main()
