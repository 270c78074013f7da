"""A second wall for keys: what looks like one, or is known to be a secret, is blanked in texts, in every log
record and in what is printed.

The first wall is `secret.py`: nothing that holds a key prints it. This one is for what other libraries, and
engines that send a key back, make of it. Gradio prints the traceback of a handler that failed, past all
loggers.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterable
from typing import Any, TextIO
from urllib.parse import quote

from modules.secret import Secret

_KEY_LIKE = re.compile(r"SG_[0-9A-Za-z]+|(?<=Bearer )\S+", re.IGNORECASE)
_LEAST_CHARACTERS = 6
"""Of a secret that is looked for by its value: a shorter one would blank ordinary words."""


def redact(text: str, *secrets: Secret) -> str:
    """`text` without anything that looks like a key, and without `secrets` themselves (any case)."""
    for secret in filter(None, secrets):
        text = re.sub(re.escape(secret.reveal()), "[key]", text, flags=re.IGNORECASE)
    return _KEY_LIKE.sub("[key]", text)


class KeyFilter(logging.Filter):
    """Blanks keys, and `known` secrets, in the message and in the traceback of every record that passes."""

    def __init__(self, known: Iterable[Secret] = ()) -> None:
        super().__init__()
        self.known = {
            Secret(form)
            for text in (secret.reveal() for secret in known)
            if len(text) >= _LEAST_CHARACTERS
            for form in (text, quote(text, safe=""))
        }

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message, fits = record.getMessage(), True
        except Exception:
            # Arguments that do not fit the message: nobody's work may end because of that.
            message, fits = f"{record.msg} {record.args!r}", False
        blanked = redact(message, *self.known)
        if blanked != message or not fits:  # else left alone: some formatters read the arguments
            record.msg, record.args = blanked, None
        if record.exc_info and record.exc_info[0] and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = redact(record.exc_text, *self.known)
        return True


_FILTER = KeyFilter()


def redact_logs(*known: Secret) -> None:
    """From now on no record of any logger carries a key or one of `known`, whichever handler writes it, the
    root's and uvicorn's included.

    The filter runs where records are made: handlers come later (uvicorn configures its own when the server
    starts).
    """
    _FILTER.known |= KeyFilter(known).known
    make = logging.getLogRecordFactory()
    if getattr(make, "blanks_keys", False):
        return

    def factory(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = make(*arguments, **named)
        _FILTER.filter(record)
        return record

    factory.blanks_keys = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(factory)


class RedactedStream:
    """A text stream on which no key is written: every text as a whole, so none that comes in two halves."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(redact(text, *_FILTER.known))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def redact_prints(*known: Secret) -> None:
    """From now on nothing that is printed carries a key, tracebacks of failed handlers among it."""
    redact_logs(*known)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not (stream is None or isinstance(stream, RedactedStream)):
            setattr(sys, name, RedactedStream(stream))
