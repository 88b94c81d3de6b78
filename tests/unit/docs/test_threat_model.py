"""The threat model promises nothing that no test holds."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LINES = (ROOT / "docs" / "modele-de-menaces.md").read_text(encoding="utf-8").splitlines()
TEST = re.compile(r"`(tests/[\w/]+\.py)`")


def test_each_promise_names_a_test_that_is_there() -> None:
    promises = [line for line in LINES if re.match(r"\| [STRIDE](, [STRIDE])* : ", line)]
    assert len(promises) > 20
    for line in promises:
        named = TEST.findall(line)
        assert named, f"no test holds: {line}"
        missing = [one for one in named if not (ROOT / one).is_file()]
        assert missing == []


def test_the_policy_leads_to_it() -> None:
    assert "(docs/modele-de-menaces.md)" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
