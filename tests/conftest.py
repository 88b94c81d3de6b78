"""What holds for every test: one profile of hypothesis, and how tests are shared out between processes.

The same examples each time, and no deadline on a shared machine.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("care", derandomize=True, deadline=None)
settings.load_profile("care")

WHOLE = "tests/integration/"


class LabFilesWhole(LoadScopeScheduling):
    """Tests one by one, but a file of the lab whole: its audits and its parts of the lab are made in one process.

    Our own, as `xdist_group` marks do nothing under pytest 9.2 (xdist 3.8 writes them where it no longer reads). The
    largest groups start first, so that none is left for the end.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if nodeid.startswith(WHOLE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LabFilesWhole:
    return LabFilesWhole(config, log)
