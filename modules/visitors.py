"""Visitor tokens, signed by this server so that none can be invented, and the identities that are counted.

Two tokens of the same form have different uses. One is kept by the page's scripts and finds one's own edits
again; the other is a cookie that no script reads, by which the allowances of a person are counted. Neither is
taken for the other.

A token is `<24 random bytes>.<128-bit signature>`. The secret is `STUDIO_SECRET`, else a random one kept in
the data folder; replicas without a shared data folder need `STUDIO_SECRET`, or each would replace the tokens
of the others.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path
from typing import Any

from modules.jobs.identity import Identity
from modules.secret import NO_SECRET, Secret

COMMAND_LINE = "command line"
"""The name of the one caller that is no browser: see `VisitorTokens.of_name`."""
_FORM = re.compile(r"[A-Za-z0-9_-]{32}\.[0-9a-f]{32}")


class VisitorTokens:
    """Makes and checks tokens with `secret` (bytes); those of another `purpose` are foreign."""

    def __init__(self, secret: bytes, purpose: str = "visitor") -> None:
        self._secret, self._purpose = secret, purpose.encode()

    def new(self) -> str:
        """A token of 65 printable characters that no other visitor has."""
        name = secrets.token_urlsafe(24)
        return f"{name}.{self._signature(name)}"

    def of_name(self, name: str) -> str:
        """The one token of a caller that is no browser, by its `name`: the same at every start."""
        made = hmac.new(self._secret, self._purpose + b" named:" + name.encode(), hashlib.sha256).digest()
        name = base64.urlsafe_b64encode(made[:24]).decode()
        return f"{name}.{self._signature(name)}"

    def is_ours(self, value: Any) -> bool:
        """Whether this server made `value`."""
        if not isinstance(value, str) or not _FORM.fullmatch(value):
            return False
        name, signature = value.split(".")
        return hmac.compare_digest(signature, self._signature(name))

    def kept_or_new(self, value: Any) -> str:
        """`value` when this server made it, else a new token."""
        return value if self.is_ours(value) else self.new()

    def _signature(self, name: str) -> str:
        return hmac.new(self._secret, self._purpose + b":" + name.encode(), hashlib.sha256).hexdigest()[:32]


class Identities:
    """Turns what is known of a caller into the `Identity` whose allowances count, by hashes with `secret`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, address: str, cookie: str = "", login: str = "") -> Identity:
        """`cookie`: a token that was checked, `login`: the user's id at Hugging Face; "" for none."""
        known = f"login:{login}" if login else f"cookie:{cookie}" if cookie else ""
        where = self._hash(f"address:{address}")
        person = self._hash(known) if known else where
        return Identity(person, where, bool(known), bool(login), self.browser(cookie))

    def browser(self, cookie: str) -> str:
        """What stands for the browser that sent this checked cookie; "" for none."""
        return self._hash(f"cookie:{cookie}") if cookie else ""

    def _hash(self, text: str) -> str:
        return hmac.new(self._secret, b"identity:" + text.encode(), hashlib.sha256).hexdigest()[:32]


def read_secret(folder: Path, wanted: Secret = NO_SECRET) -> bytes:
    """`wanted` as bytes, else the secret in `folder`, made at the first call and readable by this user only.

    A folder that cannot be written gives a secret for this run: tokens are then renewed at the next start.
    """
    if wanted:
        return wanted.reveal().encode()
    path, written = folder / "secret", folder / f".secret-{secrets.token_hex(4)}"
    with contextlib.suppress(OSError):
        if not path.exists() or not path.stat().st_size:
            # Linked under its name when it is whole: another process never reads half of it, and the first
            # one wins.
            descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_hex(32).encode())
            if path.exists() and not path.stat().st_size:
                path.unlink()
            with contextlib.suppress(FileExistsError):
                os.link(written, path)
    with contextlib.suppress(OSError):
        written.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        if kept := path.read_bytes():
            return kept
    return secrets.token_bytes(32)
