"""`care continuity sample`: the sample hospital, once, in an establishment that is known."""

from __future__ import annotations

from tests.support.people import Hospitals
from tests.unit.platform.test_cli import Run, ready, run  # the same installation
from tests.unit.platform.test_import_cli import VALLEY, hospitals

__all__ = ["hospitals", "ready", "run"]


def test_the_sample_is_loaded_once(ready: Run, hospitals: Hospitals) -> None:
    done = ready("continuity", "sample", "--establishment", VALLEY)
    assert done.code == 0, done.err
    assert "15 activities, 41 resources" in done.err
    again = ready("continuity", "sample", "--establishment", VALLEY)
    assert again.code == 3
    assert "already loaded" in again.err


def test_an_unknown_establishment_is_said(ready: Run, hospitals: Hospitals) -> None:
    done = ready("continuity", "sample", "--establishment", "999999999")
    assert done.code == 3
    assert "999999999" in done.err
