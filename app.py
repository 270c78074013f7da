"""The Space's entry: read the settings, build the studio, launch the page.

python app.py            on this machine
python app.py --share    with a public link
"""

import argparse
import os
import signal
import sys
import tempfile
from dataclasses import replace

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# A folder of our own for uploads: it is counted and swept, which must not touch those of other Gradio apps.
os.environ.setdefault(
    "GRADIO_TEMP_DIR",
    os.path.join(tempfile.gettempdir(), f"kling-o3-video-edit-{getattr(os, 'getuid', int)()}"),
)
# uvicorn believes X-Forwarded-For of every connection from this machine: anybody's who comes through a share
# link's tunnel.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "")

from modules.child_environment import withhold_secrets
from modules.redacted_logs import redact_prints
from modules.settings import read_settings
from modules.studio import Studio
from modules.ui.launch import launch
from modules.ui.page import build_page


def main() -> None:
    parser = argparse.ArgumentParser(description="Kling O3 video edit: the page.")
    parser.add_argument("--share", action="store_true", help="also make a public link")
    options = parser.parse_args()
    # A container is stopped by SIGTERM: the studio ends as at Ctrl+C, with the answer to a submit under way.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = read_settings()
    withhold_secrets()
    redact_prints(*settings.secrets)
    if options.share:  # whoever has the link may come
        settings = replace(settings, public=True)
    studio = Studio(settings)
    studio.open()
    try:
        launch(build_page(studio), studio, share=options.share)
    finally:
        studio.close()


if __name__ == "__main__":
    main()
