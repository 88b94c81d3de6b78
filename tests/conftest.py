"""What holds for every test: one profile of hypothesis, and how tests are shared out between processes.

The same examples each time, and no deadline on a shared machine.
"""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

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

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """Forget what is done: every answer of a worker goes through all that it was ever given."""
        super().mark_test_complete(node, item_index, duration)
        given = self.assigned_work[node]
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(given[scope].values()):
            del given[scope]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LabFilesWhole:
    return LabFilesWhole(config, log)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are called after their argument, pytest adding the rank: what they hold may come from the hour, and two
    processes must collect the same names."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_finish() -> None:
    """Leave what was collected out of the collector's rounds: a fifth of the time of the tests went into walking it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
