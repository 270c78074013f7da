"""What a child process is told of the environment: everything but secrets.

A child that works on strangers' files may be taken over by one, and on Linux its environment can be read in
/proc by every process of the same user. So no child gets a key, a token or a password, whoever starts it:
`for_child()` is the environment of those that are started here, `withhold_secrets()` sees to those that
others start (Gradio's tunnel, a `spawn` or a fork server of some library).
"""

import os
import re
from collections.abc import Mapping

OWN = ("SEGMIND_API_KEY", "DATABASE_URL", "STUDIO_SECRET", "STUDIO_ACCESS_CODE")
"""Read once, at the start, into the settings, and needed by nobody after that."""
_SECRET = re.compile(
    r".*(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|(^|_)KEY|_CODE|DATABASE_URL)", re.I
)


def is_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret: the app's own, Hugging Face's (HF_TOKEN,
    OAUTH_CLIENT_SECRET), or somebody else's, as far as a name can tell."""
    return name in OWN or _SECRET.fullmatch(name) is not None


def for_child(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environment` without secrets."""
    return {name: value for name, value in environment.items() if not is_secret(name)}


def withhold_secrets() -> None:
    """From now on no child inherits a secret. Called once the settings are read.

    The app's own are gone for this process too. Those of others stay in `os.environ`, where Gradio's login
    reads them: `os.unsetenv` takes them out of what children inherit only.
    """
    for name in [*filter(is_secret, os.environ)]:
        if name in OWN:
            del os.environ[name]
        else:
            os.unsetenv(name)
