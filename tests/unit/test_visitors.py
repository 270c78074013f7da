"""Only tokens that this server made are tokens."""

import stat

import pytest

from modules.secret import Secret
from modules.visitors import VisitorTokens, read_secret


def test_a_token_is_recognised_by_whoever_has_the_secret():
    token = VisitorTokens(b"one").new()
    assert VisitorTokens(b"one").is_ours(token) and not VisitorTokens(b"two").is_ours(token)
    assert VisitorTokens(b"one").kept_or_new(token) == token


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"),
        lambda t: "A" + t[1:] if t[0] != "A" else "B" + t[1:],
        lambda t: t.upper(),
        lambda t: t + " ",
        lambda t: [t],
        lambda t: {"__type__": "update", "value": t},
        lambda t: None,
        lambda t: "api-" + "a" * 32,
        lambda t: "x" * 20_000_000,
    ],
)
def test_anything_else_is_replaced(change):
    tokens = VisitorTokens(b"one")
    odd = change(tokens.new())
    assert not tokens.is_ours(odd)
    assert tokens.kept_or_new(odd) != odd and tokens.is_ours(tokens.kept_or_new(odd))


def test_the_secret_is_made_once_and_read_by_its_owner_only(tmp_path):
    first = read_secret(tmp_path)
    assert len(first) >= 32 and read_secret(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert read_secret(tmp_path, Secret("chosen")) == b"chosen"


def test_a_folder_that_is_not_there_gives_a_secret_for_this_run(tmp_path):
    assert len(read_secret(tmp_path / "nowhere")) == 32


def test_an_empty_secret_is_made_anew_and_stays(tmp_path):
    (tmp_path / "secret").touch()
    assert len(first := read_secret(tmp_path)) == 64 and read_secret(tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
