"""The digest of a file's content: of uploads, of fitted clips, and of what a command asks for."""

import hashlib
from pathlib import Path


def sha256_of(path: str | Path) -> str:
    """Hex SHA-256 of the file at `path`, in constant memory. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
