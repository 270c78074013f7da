"""A key is shown to nobody: not by its type, whoever serialises it, and its ticket is good once."""

import copy
import dataclasses
import gc
import json
import pickle
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter

from modules.checking import key_problem
from modules.jobs.run.active_job import ActiveJob
from modules.secret import EXPIRED, Secret, Tickets
from modules.segmind.transport import Key
from modules.settings import PROJECT, Settings

KEY = "SG_0123456789abcdef"


def test_a_secret_shows_itself_only_when_it_is_asked_to():
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {secret:>40} {[secret]}" and secret.reveal() == KEY
    assert secret == Secret(KEY) != Secret("other") and not Secret()


@dataclasses.dataclass
class Holder:
    """Something of the app's that has a key."""

    key: Any
    inside: dict


def by_attributes(value: object) -> object:
    """What a serialiser does that knows nothing of a type: it walks over whatever the type has."""
    names = [*getattr(value, "__dict__", ()), *getattr(type(value), "__slots__", ())]
    return {name: getattr(value, name) for name in names} or repr(value)


WAYS: dict[str, Callable[[Any], object]] = {
    "str": str,
    "format": "{0} {0!r} {0!s:>40} {0.key} {0.inside}".format,
    "percent": lambda value: "%s %r" % (value, value),  # noqa: UP031 - as a log call does
    "vars": vars,
    "asdict": dataclasses.asdict,
    "astuple": dataclasses.astuple,
    "copies": lambda value: (copy.copy(value.key), copy.deepcopy(value), dataclasses.replace(value)),
    "JSON": lambda value: json.dumps(dataclasses.asdict(value)),
    "JSON of its text": lambda value: json.dumps(dataclasses.asdict(value), default=str),
    "JSON of its repr": lambda value: json.dumps(dataclasses.asdict(value), default=repr),
    "JSON of its attributes": lambda value: json.dumps(dataclasses.asdict(value), default=by_attributes),
    "JSON of its dict": lambda value: json.dumps(dataclasses.asdict(value), default=vars),
    "orjson": orjson.dumps,
    "orjson, as Gradio": lambda value: orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS),
    "orjson of attributes": lambda value: orjson.dumps(value, default=by_attributes),
    "pydantic": lambda value: TypeAdapter(Any).dump_json(value),
    "pydantic, whatever it takes": lambda value: TypeAdapter(Any).dump_json(value, fallback=by_attributes),
    "pydantic in Python": lambda value: TypeAdapter(Any).dump_python(value),
    **{f"pickle {number}": lambda value, n=number: pickle.dumps(value, n) for number in range(6)},
}
"""What the app, Gradio and libraries do with values. An error is an answer too."""


@pytest.mark.parametrize("kind", [Secret, Key])
@pytest.mark.parametrize("way", WAYS)
def test_no_serialiser_shows_a_secret(way, kind):
    secret = kind(KEY)
    try:
        told = WAYS[way](Holder(secret, {"keys": [secret], "pairs": (secret, Secret(secret))}))
    except Exception as error:
        told = f"{error!r} {error.__cause__!r}"
    assert KEY not in repr(told) and KEY.encode() not in bytes(repr(told), "utf-8")


def test_a_secret_is_never_pickled_and_its_copy_is_itself():
    secret = Secret(KEY)
    assert copy.copy(secret) is copy.deepcopy(secret) is secret
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(secret)


def test_no_dict_holds_the_key_of_an_object_that_has_one():
    """As a debugger or a crash report would see it: the objects that a secret refers to."""
    found = [one for one in gc.get_referents(Secret(KEY)) if isinstance(one, str | dict)]
    assert [one for one in found if KEY in repr(one)] == []


def test_settings_given_as_texts_show_no_secret():
    settings = Settings(segmind_api_key=KEY, database_url=f"postgresql://me:{KEY}@db/x", secret=KEY)
    assert [secret.reveal() for secret in settings.secrets].count(KEY) == 2 and len(settings.secrets) == 3
    shown = f"{settings} {dataclasses.asdict(settings)} {dataclasses.replace(settings, server_port=1)}"
    assert KEY not in shown and Settings().secrets == ()


def test_a_running_job_shows_no_key():
    assert KEY not in repr(ActiveJob(None, key=Secret(KEY)))


REVEALED = {
    "modules/secret.py": "the type itself, a hash of it",
    "modules/redacted_logs.py": "to blank it",
    "modules/segmind/parsing.py": "to blank it",
    "modules/segmind/transport.py": "the header, and what surrounds it while a key is made",
    "modules/jobs/store/database.py": "to connect",
    "modules/visitors.py": "to sign",
}


def test_a_secret_is_revealed_in_these_files_only():
    found = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "modules").rglob("*.py")
        if "reveal(" in path.read_text(encoding="utf-8")
    }
    assert found == set(REVEALED)


def test_a_ticket_is_exchanged_back_once():
    tickets = Tickets()
    ticket = tickets.issue(f" {KEY} ")
    assert KEY not in ticket and tickets.redeem(ticket).reveal() == KEY
    assert tickets.redeem(ticket) == EXPIRED
    assert tickets.issue("  ") == "" and not tickets.redeem(None) and not tickets.redeem({"a": 1})


def test_an_invented_ticket_is_worth_nothing():
    assert Tickets().redeem("ticket-" + "a" * 32) == EXPIRED
    assert key_problem(EXPIRED), "an expired key must not read as no key: the owner would pay"


def test_tickets_are_forgotten_after_a_while_and_are_never_too_many():
    now = [0.0]
    tickets = Tickets(seconds=10, most=3, clock=lambda: now[0])
    old = tickets.issue("old")
    now[0] = 11.0
    assert tickets.redeem(old) == EXPIRED
    made = [tickets.issue(f"key {n}") for n in range(5)]
    assert [tickets.redeem(one) != EXPIRED for one in made] == [False, False, True, True, True]
