"""A collection whose parent ended before it could ask to be told of it does not begin."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scanners.child import PARENT_VARIABLE

BEGIN = "from scanners.child import die_with_parent; die_with_parent(); print('begun')"


@pytest.mark.parametrize(
    ("started_by", "said"),
    [({PARENT_VARIABLE: str(os.getpid())}, "begun\n"), ({}, "begun\n"), ({PARENT_VARIABLE: "0"}, "")],
)
def test_an_orphan_ends_before_it_begins(started_by: dict[str, str], said: str) -> None:
    child = subprocess.run(
        [sys.executable, "-c", BEGIN], env={**os.environ, **started_by}, capture_output=True, text=True, check=False
    )
    assert (child.stdout, child.returncode) == (said, 0 if said else 4)
