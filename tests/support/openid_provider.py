"""A provider of OpenID Connect on this machine, as Gradio's login finds one at Hugging Face."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "an-oauth-app", "a-client-secret-of-the-tests"


class OpenIdProvider:
    """Logs in whoever is named in the query of the page of consent: `user` is the id (`sub`)."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "tests"}, private=True)
        self._nonces: dict[str, str | None] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def consent(self, location: str, user: str) -> str:
        """The callback's path and query, as after a click of `user` on the page at `location`."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        self._nonces[user] = asked.get("nonce")
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{back.query}&code={user}&state={asked['state']}"

    def environment(self) -> dict[str, str]:
        """What a Space with `hf_oauth` gives its app."""
        return {
            "SYSTEM": "spaces",
            "SPACE_ID": "anna/kling",
            "OAUTH_CLIENT_ID": CLIENT,
            "OAUTH_CLIENT_SECRET": SECRET,
            "OAUTH_SCOPES": "openid profile",
            "OPENID_PROVIDER_URL": self.url,
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _token(self, user: str) -> dict:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "sub": user, "iat": now, "exp": now + 600}
        claims |= {"name": user, "preferred_username": user, "profile": "", "picture": ""}
        claims |= {"nonce": self._nonces[user]} if self._nonces.get(user) else {}
        signed = jwt.encode({"alg": "RS256", "kid": "tests"}, claims, self._key)
        return {"access_token": "t", "token_type": "Bearer", "expires_in": 600, "id_token": signed}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(
                    {"keys": [provider._key.as_dict(private=False)]}
                    if self.path == "/jwks"
                    else {
                        "issuer": provider.url,
                        "authorization_endpoint": f"{provider.url}/authorize",
                        "token_endpoint": f"{provider.url}/token",
                        "jwks_uri": f"{provider.url}/jwks",
                        "id_token_signing_alg_values_supported": ["RS256"],
                    }
                )

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                self._answer(provider._token(parse_qs(body)["code"][0]))

            def _answer(self, value: dict) -> None:
                content = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
