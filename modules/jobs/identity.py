"""Who asks, for everything that is rationed: the owner's money and the free engine's time."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """`person`: who it is as far as that is known, by a login, else by the server's cookie, else by the
    address alone. `address`: where they are. Both are keyed hashes (`modules.visitors.Identities`), so that
    neither the journal nor a log holds a login or an address; empty for nobody in particular.

    `known`: by a login or a cookie, not by the address alone. `logged_in`: by Hugging Face's login.
    `browser`: a hash of the cookie alone, "" for a program; uploads belong to it.
    """

    person: str = ""
    address: str = ""
    known: bool = False
    logged_in: bool = False
    browser: str = ""


NOBODY = Identity()
"""Nobody in particular: where nothing is counted by person or address."""
