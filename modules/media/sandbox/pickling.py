"""What crosses the wire between the app and a media worker.

The app trusts itself, so calls are ordinary pickles. It does not trust a worker that has just decoded a
hostile file: an answer may only name plain data and this project's own values and errors.
"""

import dataclasses
import importlib
import io
import pickle
from enum import Enum
from typing import Any

from modules.edit.errors import StudioError

PLAIN = {("builtins", name) for name in ("set", "frozenset", "complex", "bytearray", "range", "slice")}
PLAIN |= {
    ("pathlib", name) for name in ("Path", "PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath")
}
PLAIN |= {("fractions", "Fraction")}
MAX_ANSWER = 64 * 2**20


class CallRefused(Exception):
    """Raised when an answer names something that is not plain data of this project."""


class _Careful(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in PLAIN:
            return super().find_class(module, name)
        if module.startswith(("modules.media.", "modules.edit.", "modules.preview.")) and "." not in name:
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and (
                dataclasses.is_dataclass(found) or issubclass(found, (StudioError, Enum))
            ):
                return found
        raise CallRefused(f"{module}.{name}")


def dumps(value: Any) -> bytes:
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def loads(data: bytes) -> tuple[str, Any]:
    """A worker's message: (kind, value). Raises Refused for anything else."""
    if len(data) > MAX_ANSWER:
        raise CallRefused("too long")
    try:
        message = _Careful(io.BytesIO(data)).load()
    except CallRefused:
        raise
    except Exception as error:
        raise CallRefused("unreadable") from error
    if not (isinstance(message, tuple) and len(message) == 2 and isinstance(message[0], str)):
        raise CallRefused("no message")
    return message
