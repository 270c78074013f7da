"""Who asks: the session and the network address of an event, and the token that a new page was given."""

import math
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.jobs.identity import Identity
from modules.visitors import Identities, VisitorTokens

MOST_PAGES = 10_000
COOKIE_IN_SCOPE = "studio.cookie"
"""Where the middleware puts the checked token of the cookie, in the scope of a request."""


def session_of(page: gr.Request | None) -> str | None:
    """Gradio's session of the page; None for a call of the API."""
    return getattr(page, "session_hash", None)


def identity_of(page: gr.Request | None, identities: Identities) -> Identity:
    """Whose allowances an event uses: see `identity_in`."""
    scope = getattr(getattr(page, "request", None), "scope", None) or {}
    return identity_in({**scope, "client": (address_of(page), 0)}, identities)


def identity_in(scope: Mapping[str, Any], identities: Identities) -> Identity:
    """Whose allowances a request uses: by the login of its session, by the cookie that the middleware
    checked, and by the address that it found. `scope`: of ASGI, behind the middleware."""
    session = scope.get("session") or {}
    login = session.get("oauth_info") if isinstance(session, dict) else None
    user = ""
    if isinstance(login, dict) and (login.get("expires_at") or math.inf) > time.time():
        user = str((login.get("userinfo") or {}).get("sub") or "")
    return identities.of((scope.get("client") or ("unknown",))[0], scope.get(COOKIE_IN_SCOPE) or "", user)


def address_of(page: gr.Request | None) -> str:
    """The network address of the visitor, as the middleware found it."""
    return getattr(getattr(page, "client", None), "host", None) or "unknown"


@dataclass
class OpenedPage:
    """`token`: what its browser is given when it has none. `pressed`: an edit was begun on it."""

    token: str
    pressed: bool = False


class OpenedPages:
    """The pages that were opened last, by Gradio's session.

    The events of a page that has just been opened may overtake each other: a press can come before the page
    has been told its token. Both are then told the same one, or the edit would belong to nobody.
    """

    def __init__(self, tokens: VisitorTokens) -> None:
        self._tokens = tokens
        self._pages: OrderedDict[str, OpenedPage] = OrderedDict()

    def page(self, session: str | None) -> OpenedPage:
        """The page of `session`; a new one for a session that is not known, and for none."""
        if session is None:
            return OpenedPage(self._tokens.new())
        if session not in self._pages:
            self._pages[session] = OpenedPage(self._tokens.new())
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
        return self._pages[session]
