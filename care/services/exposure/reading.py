"""The page of exposure: what the outside sees now, what changed, which certificates end, where it is weakest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from care.domain.access import Right, Scope
from care.domain.assets import AssetKind
from care.domain.findings import State
from care.services.exposure.certificates import CertificateLine, ending
from care.services.exposure.glances import TargetGlance, audited_before, targets_glanced
from care.services.exposure.held import HeldView, held_of
from care.services.exposure.history import EventLine, events_of, reported_events
from care.services.exposure.open_weaknesses import OpenWeaknesses
from care.services.exposure.things import left_behind, present_things
from care.services.exposure.unreported import Unreported
from care.services.finding_decisions import expire_decisions
from care.services.finding_queries import FindingFilter, count_unwatched
from care.services.library import today
from care.services.mandate_names import MovedName, names_waiting
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.scanning import EXPOSURE
from care.store.assets import Asset, AssetEvent
from scanners.exposure.product_marks import Kind
from scanners.exposure.subjects import host_of
from scanners.model import Severity

MOST_CERTIFICATES = 50
_OPEN = FindingFilter(scanner=EXPOSURE, states=(State.OPEN,))


@dataclass(frozen=True)
class ExposureView:
    """What the outside sees of an establishment. `first` holds the targets audited once only: all is new there.

    `unreported` counts the things that exclusions without report keep out of the rest; `unwatched` those that no target
    leads to any more, `unwatched_findings` what is open there, which the rest counts too; `families` the addresses
    where a product of each family was recognised: gateways, webmail, consoles…; `moved` the names that wait for a yes.
    """

    establishment_id: int
    targets: tuple[TargetGlance, ...]
    counts: Mapping[AssetKind, int]
    families: Mapping[Kind, int]
    by_severity: Mapping[Severity, int]
    events: tuple[EventLine, ...]
    unreported: int
    unwatched: int
    unwatched_findings: int
    first: bool
    certificates: tuple[CertificateLine, ...]
    held: tuple[HeldView, ...]
    moved: tuple[MovedName, ...]


def open_exposure(platform: Platform, scope: Scope, establishment_id: int) -> ExposureView:
    """Everything the page shows; NotFound, Forbidden."""
    expire_decisions(platform)
    day = today(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        targets = targets_glanced(session, establishment_id, platform.clock.now(), scope.lang)
        every, hidden = present_things(session, establishment_id), Unreported(session, establishment_id, day)
        rows = hidden.keep(every)
        weak = OpenWeaknesses(session, establishment_id)
        runs = [one.run_id for one in targets if one.run_id is not None]
        return ExposureView(
            establishment_id=establishment_id,
            targets=targets,
            counts=Counter(row.kind for row in rows),
            families=_families(rows),
            by_severity=weak.by_severity,
            events=reported_events(session, events_of(session, scope.lang, AssetEvent.run_id.in_(runs)), hidden),
            unreported=len(every) - len(rows),
            unwatched=len(hidden.keep(left_behind(session, establishment_id))),
            unwatched_findings=count_unwatched(session, establishment_id, _OPEN),
            first=not audited_before(session, targets),
            certificates=tuple(ending(rows, day))[:MOST_CERTIFICATES],
            held=held_of(platform, session, establishment_id),
            moved=names_waiting(session, establishment_id),
        )


def _families(rows: Iterable[Asset]) -> Mapping[Kind, int]:
    """The addresses where a product of each family was recognised: one that answers on two ports counts once."""
    known = list(Kind)
    found = {(row.traits.get("kind", ""), str(host_of(row.key))) for row in rows if row.kind is AssetKind.SERVICE}
    return Counter(Kind(family) for family, _host in found if family in known)
