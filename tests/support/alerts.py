"""Alerts planted for tests: exposure audits whose facts the test decides, people to tell, an alert sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from care.domain.access import Grant, Place, Role, Scope
from care.domain.jobs import JobKind, Lane
from care.services import accounts, jobs
from care.services.alerts.writing import AlertDraft, TypedCriterion
from care.services.handlers import HANDLERS
from care.services.mandates import MandateDraft, add_mandate
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from care.services.work import Hold
from scanners.archive import Archive, Manifest, read_archive, write_archive
from scanners.exposure.facts import ExposureFacts, Port, Service
from scanners.model import Severity
from tests.support.audits import run_audit
from tests.support.clock import FixedClock
from tests.support.ports import PlannedCollect
from tests.unit.exposure.specimens import facts, host

DRAFT = AlertDraft(
    title="Exécution de code dans OpenSSH",
    severity=Severity.CRITICAL,
    criteria=(TypedCriterion("openbsd:openssh", "", "9.8p1"),),
    reference="CVE-2026-1234",
    message="Mettez à jour ou filtrez l’accès.",
    link="https://www.cert.ssi.gouv.fr/alerte/",
    answer_by=date(2026, 3, 12),
)


def ssh(version: str, address: str = "192.0.2.1") -> ExposureFacts:
    """Facts of one SSH server."""
    return facts(host(address, Port(22, Service("ssh", "OpenSSH", version))))


class Audits:
    """Exposure audits whose facts the test decides."""

    def __init__(self, platform: Platform, machine: Scope, clock: FixedClock) -> None:
        self._platform, self._machine, self._clock = platform, machine, clock
        self._facts: ExposureFacts = facts()
        self.perimeter = "192.0.2.0/24"
        assert isinstance(platform.collect, PlannedCollect)
        platform.collect.make = self._collect

    def target(self, establishment_id: int, name: str = "Périmètre") -> int:
        today = self._clock.now().date()
        scope = ("192.0.2.0/24",)
        mandate = add_mandate(
            self._platform,
            self._machine,
            establishment_id,
            MandateDraft(
                "Le directeur", "Directeur", "M-1", scope, (), today, today + timedelta(days=300), unsigned_why="Essai"
            ),
        )
        draft = TargetDraft("exposure", name, {"targets": list(scope)}, {}, mandate)
        return add_target(self._platform, self._machine, establishment_id, draft)

    def sees(self, seen: ExposureFacts) -> None:
        self._facts = seen

    def run(self, target_id: int, seen: ExposureFacts) -> int:
        self._facts = seen
        self._clock.forward(hours=1)
        return run_audit(self._platform, self._machine, target_id).run_id

    def _collect(
        self, scanner: str, _request: Mapping[str, Any], out: Path, _progress: object, _cancelled: object
    ) -> Archive[Any]:
        at = self._clock.now().isoformat()
        write_archive(out, Manifest(scanner, 1, self.perimeter, at, at, "tests"), self._facts)
        return read_archive(out)


def add_person(platform: Platform, machine: Scope, login: str, role: Role, place: Place) -> int:
    """An account with a mail address."""
    draft = accounts.AccountDraft(
        login, login.title(), "une phrase de passe solide", (Grant(role, place),), email=f"{login}@example.org"
    )
    return accounts.open_account(platform, machine, draft)


def write_letters(platform: Platform) -> int:
    """Do the jobs of alerts that wait; how many there were."""
    done = 0
    while claim := jobs.claim(platform, Lane.SERVICE, "tests"):
        if claim.kind is JobKind.ALERT:
            HANDLERS[claim.kind](platform, Hold(platform, claim))
            done += 1
        else:
            with platform.database.write() as session:
                jobs.finish(session, claim, platform.clock.now())
    return done
