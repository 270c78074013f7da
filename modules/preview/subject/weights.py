"""The weights of the networks, read only when they are those that this project came with.

A file of weights is a program for onnxruntime, which is native code: one that was exchanged, cut short or
never fetched (a pointer of git-lfs) is not given to it. `SHA256SUMS` beside the files says what they are, in
the form of `sha256sum -c`.
"""

import hashlib
import hmac
from pathlib import Path

from modules.edit.errors import StudioError

FOLDER = Path(__file__).parents[1] / "weights"
SUMS = "SHA256SUMS"


class NetworkRefused(StudioError):
    """Raised when a file of weights is missing or is another than the project's."""


def read_weights(name: str, folder: Path | None = None) -> bytes:
    """The checked content of a file of weights, from `folder` or the project's own. Raises NetworkRefused."""
    folder = folder or FOLDER
    try:
        content = (folder / name).read_bytes()
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise NetworkRefused(_sentence(name, "cannot be read")) from error
    wanted = {file: digest for digest, _, file in (line.partition("  ") for line in lines)}.get(name, "")
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), wanted):
        raise NetworkRefused(_sentence(name, "is not the one that it came with (its checksum differs)"))
    return content


def _sentence(name: str, what: str) -> str:
    return (
        f"A network of the preview engine, {name}, {what}, so it is not used. Nothing was billed. Choose "
        "another look; the person who runs this studio can fetch the project's files again."
    )
