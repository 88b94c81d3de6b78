"""The lab, started once per test session, part by part as tests ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab import __main__ as lab_command
from tests.lab import stage
from tests.lab.exposure import zone_network


@dataclass(frozen=True)
class Lab:
    """A lab of this session. `octet` gives its addresses, `folder` its files."""

    folder: Path
    octet: int
    cache: Path = lab_command.DEFAULT_CACHE

    def part(self, name: str) -> stage.Description:
        """The description of a part, started now when it is not running yet."""
        description: stage.Description = lab_command.start(self.folder, self.cache, self.octet, [name])[name]
        return description

    def stop(self, name: str) -> None:
        """Stop one part; the next `part(name)` starts it afresh."""
        lab_command.stop(self.folder, [name])


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The session's lab; `lab.part("ad")` is the description of the domain controller. Fails loudly without root."""
    with stage.own_octet() as octet:
        session = Lab(tmp_path_factory.mktemp("lab"), octet)
        yield session
        lab_command.stop(session.folder)


@pytest.fixture(scope="module")
def zone(lab: Lab) -> Iterator[stage.Description]:
    """The zone of 128 hosts in namespaces, for one module; where none can be made, its tests are skipped with why."""
    try:
        zone_network.require()
    except zone_network.NamespacesRefusedError as refusal:
        pytest.skip(str(refusal))
    yield lab.part("zone")
    lab.stop("zone")
