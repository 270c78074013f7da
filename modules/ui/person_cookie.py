"""The cookie by which the allowances of a person are counted: signed by this server, never seen by a script.

It is given with the page. A program that calls the API has none and is counted by its address; who clears it
gets a new one and is still counted by the address.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import Message, Scope

from modules.ui.visitor import COOKIE_IN_SCOPE
from modules.visitors import Identities, VisitorTokens

NAME = "studio_person"
_KEPT_SECONDS = 180 * 86400
_MOST_CHARACTERS = 8192


class PersonCookie:
    """`embedded`: the page is shown inside another site's frame over HTTPS, as a Space is; browsers then send
    only cookies that are Secure, and keep them apart for each site around."""

    def __init__(self, tokens: VisitorTokens, identities: Identities, *, embedded: bool) -> None:
        self._tokens, self._identities, self._embedded = tokens, identities, embedded

    def read(self, scope: Scope) -> None:
        """Put the token of the request's cookie into its scope, when it is one of ours."""
        scope.pop(COOKIE_IN_SCOPE, None)
        written = "; ".join(Headers(scope=scope).getlist("cookie"))[:_MOST_CHARACTERS]
        if self._tokens.is_ours(token := cookie_parser(written).get(NAME)):
            scope[COOKIE_IN_SCOPE] = token

    def browser(self, scope: Scope) -> str:
        """The browser that `read` found, as `Identity` names it; "" for a program."""
        return self._identities.browser(scope.get(COOKIE_IN_SCOPE) or "")

    def give(self, scope: Scope, start: Message) -> None:
        """Add a new cookie to the answer that begins with `start`, unless the request came with one."""
        if COOKIE_IN_SCOPE in scope:
            return
        # By hand: neither http.cookies nor Starlette knows Partitioned before Python 3.14.
        reach = "SameSite=None; Secure; Partitioned" if self._embedded else "SameSite=Lax"
        written = f"{NAME}={self._tokens.new()}; Path=/; Max-Age={_KEPT_SECONDS}; HttpOnly; {reach}"
        MutableHeaders(scope=start).append("set-cookie", written)
