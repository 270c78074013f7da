"""The version of the studio: the first heading of CHANGELOG.md, so that it is written down once."""

import re

from modules.settings import PROJECT


def version() -> str:
    """Such as `1.5.0`; "" where the changelog is not."""
    try:
        text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r"^## (\d+(?:\.\d+)+)", text, re.MULTILINE)
    return found[1] if found else ""
