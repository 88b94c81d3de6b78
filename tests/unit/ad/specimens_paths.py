"""What the broken domain shows of control paths: a support group that has too many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.ad.specimens import Specimen


def plant(s: Specimen) -> None:
    """People in the support group, which controls an administrator."""
    from tests.unit.ad.specimens import BASE, STAFF

    for number in range(25):
        s.join(f"CN=Support,CN=Users,{BASE}", f"CN=ancien{number:02},{STAFF}")
