"""Asks whether what is installed has known vulnerabilities, as `tests/run` does: python -m tests.audit

Exit code 1 for one that `tests/accepted_vulnerabilities.toml` does not list with a reason. Where the database
cannot be reached nothing can be said: one sentence, and no failure.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ACCEPTED = Path(__file__).with_name("accepted_vulnerabilities.toml")
SECONDS = 300
OUT_OF_REACH = "The vulnerability database is out of reach: what is installed was not audited."


def audit() -> dict[str, Any] | None:
    """What pip-audit says of this environment; None when it has no answer."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [*command, "--timeout", "10"], capture_output=True, text=True, timeout=SECONDS, check=False
        )
        report = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return report if isinstance(report, dict) else None


def verdict(report: Mapping[str, Any] | None, accepted: Mapping[str, str]) -> tuple[int, list[str]]:
    """The exit code and what is said. `accepted`: vulnerabilities by any of their names, with the reasons."""
    packages = (report or {}).get("dependencies") or []
    audited = [one for one in packages if "vulns" in one and not one.get("skip_reason")]
    if not audited:
        return 0, [OUT_OF_REACH]
    found, listed = [], []
    for package in audited:
        for hole in package["vulns"]:
            names = [hole["id"], *hole.get("aliases", ())]
            mended = ", ".join(hole.get("fix_versions") or ()) or "no version yet"
            line = f"{package['name']} {package['version']}: {' = '.join(names)}, mended in {mended}"
            reason = next((accepted[name] for name in names if accepted.get(name, "").strip()), "")
            (listed if reason else found).append(f"{line} (accepted: {reason})" if reason else line)
    said = f"{len(audited)} of {len(packages)} packages audited: {len(found)} vulnerabilities"
    return int(bool(found)), [said, *found, *listed]


def main() -> int:
    code, lines = verdict(audit(), tomllib.loads(ACCEPTED.read_text(encoding="utf-8")))
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
