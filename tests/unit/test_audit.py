"""What the audit of the installed packages says of what pip-audit found."""

import tomllib

from tests.audit import ACCEPTED, OUT_OF_REACH, verdict

HOLE = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.0"], "description": "Bad."}
FINE = {"name": "numpy", "version": "2.4.6", "vulns": []}
HURT = {"name": "pillow", "version": "1.0", "vulns": [HOLE]}
SKIPPED = {"name": "gradio", "skip_reason": "Dependency not found"}


def test_a_vulnerability_fails_with_its_package_and_its_cure():
    code, lines = verdict({"dependencies": [FINE, HURT, SKIPPED]}, {})
    assert code == 1 and lines[0] == "2 of 3 packages audited: 1 vulnerabilities"
    assert lines[1] == "pillow 1.0: PYSEC-2026-1 = CVE-2026-1, mended in 2.0"


def test_one_that_is_listed_with_a_reason_does_not_fail_and_is_said():
    code, lines = verdict({"dependencies": [FINE, HURT]}, {"CVE-2026-1": "never called"})
    assert code == 0 and lines[1].endswith("(accepted: never called)")


def test_one_that_is_listed_without_a_reason_fails():
    assert verdict({"dependencies": [HURT]}, {"PYSEC-2026-1": " "})[0] == 1


def test_a_database_out_of_reach_is_said_and_fails_nothing():
    for report in (None, {}, {"dependencies": []}, {"dependencies": [SKIPPED]}):
        assert verdict(report, {}) == (0, [OUT_OF_REACH])


def test_every_listed_one_has_a_reason():
    assert all(reason.strip() for reason in tomllib.loads(ACCEPTED.read_text(encoding="utf-8")).values())
