"""No child process inherits a secret, whoever starts it."""

import json
import os
import subprocess
import sys

import pytest

from modules.child_environment import for_child, is_secret
from modules.settings import PROJECT

SECRETS = {
    "SEGMIND_API_KEY": "SG_0123456789abcdef",
    "DATABASE_URL": "postgresql://me:password@db/x",
    "HF_TOKEN": "hf_example",
    "STUDIO_SECRET": "a secret",
    "STUDIO_ACCESS_CODE": "a code",
    "OAUTH_CLIENT_SECRET": "of the login",
    "HUGGING_FACE_HUB_TOKEN": "hf_example",
    "SMTP_PASSWORD": "somebody's",
    "AWS_SECRET_ACCESS_KEY": "somebody's",
}
KEPT = {"PATH", "HOME", "STUDIO_DATA_DIR", "OAUTH_CLIENT_ID", "GRADIO_TEMP_DIR", "TOKENIZERS_PARALLELISM"}
PARENT = """
import json, multiprocessing, os, subprocess, sys
from modules.child_environment import withhold_secrets
from tests.support.worker_tasks import environment

def children():
    yield "subprocess", json.loads(subprocess.check_output(
        [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]))
    for way in ("spawn", "forkserver"):
        with multiprocessing.get_context(way).Pool(1) as pool:
            yield way, pool.apply(environment)

if __name__ == "__main__":
    withhold_secrets()
    print(json.dumps({**dict(children()), "parent": dict(os.environ)}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict[str, dict[str, str]]:
    """The environments of a process that withholds its secrets, and of its children."""
    script = tmp_path_factory.mktemp("parent") / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, **SECRETS, "PYTHONPATH": str(PROJECT), "STUDIO_DATA_DIR": "data"}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("child", ["subprocess", "spawn", "forkserver"])
def test_a_child_that_anybody_starts_inherits_no_secret(told, child):
    assert SECRETS.keys() & told[child].keys() == set() and told[child]["STUDIO_DATA_DIR"] == "data"


def test_gradios_login_still_finds_what_is_its_own(told):
    left = SECRETS.keys() & told["parent"].keys()
    assert {"HF_TOKEN", "OAUTH_CLIENT_SECRET"} <= left
    assert left & {"SEGMIND_API_KEY", "DATABASE_URL", "STUDIO_SECRET", "STUDIO_ACCESS_CODE"} == set()


def test_a_child_of_ours_is_told_all_but_secrets():
    assert for_child(SECRETS | dict.fromkeys(KEPT, "x")).keys() == KEPT
    assert all(map(is_secret, SECRETS)) and not any(map(is_secret, KEPT))
