"""Who may spend the owner's money: the code, the login, and the allowance before anything is begun."""

import pytest

from modules.jobs.identity import Identity
from modules.jobs.store.allowance import Allowance
from modules.owner_access import WRONG_CODES, WRONG_SECONDS, AccessCode, OwnerAccess
from modules.secret import NO_SECRET, Secret
from modules.visitors import Identities

CODE = Secret("open sesame")
ANNA, BEN = Identity("anna", "home", known=True), Identity("ben", "home", known=True)
PROGRAM = Identity("home", "home")


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def code(now):
    return AccessCode(CODE, clock=lambda: now[0])


def test_no_code_is_needed_where_none_is_set():
    assert AccessCode(NO_SECRET).problem(NO_SECRET, ANNA) is None


def test_the_code_is_typed_once_by_who_is_known(code, now):
    assert "type it under Engine and key" in code.problem(NO_SECRET, ANNA).message
    assert code.problem(Secret("open sesame"), ANNA) is None and code.problem(NO_SECRET, ANNA) is None
    assert code.problem(NO_SECRET, BEN), "it is not remembered for others at the same address"
    now[0] += 25 * 3600
    assert code.problem(NO_SECRET, ANNA)


def test_a_program_gives_it_every_time(code):
    assert code.problem(CODE, PROGRAM) is None and code.problem(NO_SECRET, PROGRAM)


@pytest.mark.parametrize("given", ["open", "open sesame ", "OPEN SESAME", "\x00", "🚪" * 50])
def test_anything_else_is_refused_and_free_meanwhile(code, given):
    problem = code.problem(Secret(given), ANNA)
    assert (
        problem.field == "access_code" and "Nothing was spent. The preview engine is free" in problem.message
    )


def test_attempts_are_limited_for_a_person_and_for_an_address(code, now):
    for number in range(WRONG_CODES):
        code.problem(Secret("wrong"), Identity(f"invented-{number}", "home", known=True))
    assert "Too many wrong access codes" in code.problem(CODE, ANNA).message
    assert code.problem(CODE, Identity("carla", "elsewhere", known=True)) is None
    now[0] += WRONG_SECONDS + 1
    assert code.problem(CODE, ANNA) is None


def access(found: Allowance, *, code: Secret = NO_SECRET, require_login: bool = False) -> OwnerAccess:
    return OwnerAccess(AccessCode(code), require_login=require_login, allowance=lambda who, usd: found)


def test_a_login_is_asked_for_before_a_code(code):
    asked = access(Allowance(10, 10), code=CODE, require_login=True)
    assert "signed in with Hugging Face" in asked.problems(ANNA, CODE, 1.0)[0].message
    assert asked.problems(Identity("anna", "home", known=True, logged_in=True), CODE, 1.0) == []


def test_several_at_once_count_each():
    asked = access(Allowance(10, 10, edits=1, limit=2))
    assert asked.problems(ANNA, NO_SECRET, 1.0, 1) == []
    assert "You have 1 of 2 paid edits" in asked.problems(ANNA, NO_SECRET, 3.0, 3)[0].message


def test_identities_are_told_apart_and_tell_nothing():
    known = Identities(b"secret")
    plain, cookie = known.of("8.8.8.8"), known.of("8.8.8.8", "a-cookie")
    login = known.of("8.8.8.8", "a-cookie", "1234")
    assert plain.address == cookie.address == login.address == plain.person
    assert len({plain.person, cookie.person, login.person}) == 3
    assert (plain.known, cookie.known, login.known, login.logged_in) == (False, True, True, True)
    assert known.of("9.9.9.9", "another", "1234").person == login.person
    assert "8.8.8.8" not in repr(login) and "1234" not in repr(login)
    assert Identities(b"another").of("8.8.8.8").address != plain.address
