"""No record of any logger carries a key or another secret of the app's."""

import logging

import pytest

from modules.redacted_logs import KeyFilter, redact, redact_logs
from modules.secret import KEY_PATTERN, Secret

KEY = "SG_0123456789abcdef"
PASSWORD = "correct/horse battery"


@pytest.mark.parametrize("name", ["", "uvicorn.error", "studio.jobs"])
def test_no_record_of_any_logger_carries_a_key(name):
    redact_logs()
    shown = []

    class Shown(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            shown.append(self.format(record))

    logger, handler = logging.getLogger(name), Shown()
    logger.addHandler(handler)
    try:
        logger.error("the key %s of %s", KEY, {"key": KEY})
        try:
            raise ValueError(f"refused: {KEY}")
        except ValueError:
            logger.exception("a call failed")
    finally:
        logger.removeHandler(handler)
    assert len(shown) == 2 and "ValueError" in shown[1] and not any(map(KEY_PATTERN.search, shown))


def test_a_bad_log_call_harms_nobody(caplog):
    redact_logs()
    logging.getLogger("somebody").error("%s and %s", KEY)
    assert KEY not in caplog.text and "%s and %s ('[key]',)" in caplog.text


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("x", logging.ERROR, "x.py", 1, message, arguments, None)


def test_a_known_secret_of_any_form_is_blanked():
    told = record("cannot reach %s", f"postgresql://me:{PASSWORD}@db and correct%2Fhorse%20battery")
    KeyFilter([Secret(PASSWORD)]).filter(told)
    assert told.getMessage() == "cannot reach postgresql://me:[key]@db and [key]"


def test_a_secret_as_short_as_a_word_blanks_no_word():
    told = record("the edit is over")
    KeyFilter([Secret("edit"), Secret()]).filter(told)
    assert told.getMessage() == "the edit is over"


def test_a_text_is_blanked_whatever_its_case():
    assert redact(f"{KEY.lower()} {PASSWORD.upper()}", Secret(PASSWORD)) == "[key] [key]"


def test_a_log_that_is_told_a_secret_later_knows_it(caplog):
    redact_logs()
    redact_logs(Secret("a-word-that-nobody-else-has"))
    logging.getLogger("somebody").error("it is %s", "a-word-that-nobody-else-has")
    assert "it is [key]" in caplog.text
