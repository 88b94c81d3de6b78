"""The open weaknesses of exposure, by what they are about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.assets import AssetKind
from care.domain.findings import State
from care.services.scanning import EXPOSURE
from care.store.findings import FindingRow
from scanners.exposure.subjects import host_of, place_of
from scanners.model import Severity


class OpenWeakness(NamedTuple):
    """An open finding."""

    id: int
    rule: str
    subject: str
    subject_key: str
    severity: Severity


class OpenWeaknesses:
    """The open weaknesses of exposure, by the address or the name they are about."""

    def __init__(self, session: Session, establishment_id: int) -> None:
        found = session.execute(
            select(
                FindingRow.id, FindingRow.rule, FindingRow.subject, FindingRow.subject_key, FindingRow.severity
            ).where(
                FindingRow.establishment_id == establishment_id,
                FindingRow.scanner == EXPOSURE,
                FindingRow.state == State.OPEN,
            )
        )
        rows = [OpenWeakness(*row) for row in found]
        self.all = tuple(rows)
        self.by_severity = Counter(row.severity for row in rows)
        self._by_host: dict[str, list[OpenWeakness]] = defaultdict(list)
        self._by_subject: dict[str, list[OpenWeakness]] = defaultdict(list)
        for row in rows:
            self._by_host[str(host_of(row.subject))].append(row)
            self._by_subject[place_of(row.subject)].append(row)

    def of(self, kind: AssetKind, key: str) -> Sequence[OpenWeakness]:
        """The gravest first: those of the port itself, or all those of an address or a name."""
        known = self._by_subject[key.casefold()] if kind is AssetKind.SERVICE else self._by_host[str(host_of(key))]
        return sorted(known, key=lambda one: (one.severity.rank, one.subject))
