"""`app.py` with short limits: a transfer that stalls is given up after STALL_SECONDS, not half a minute.

python -m tests.support.hasty_app
"""

from functools import partial

import app
from modules import studio
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.ui import launch
from modules.ui.upload_guard import UploadGuard

STALL_SECONDS = 2.0

if __name__ == "__main__":
    launch.UploadGuard = partial(UploadGuard, stall_seconds=STALL_SECONDS)
    studio.SafeFetcher = partial(SafeFetcher, stall_seconds=STALL_SECONDS)
    app.main()
