"""An alert under way, for the tests of pages."""

from __future__ import annotations

from datetime import timedelta

from care.domain.access import Level, Place
from care.domain.alerts import AlertAnswer
from care.services.alerts.answering import answer
from care.services.alerts.writing import AlertDraft, TypedCriterion, publish
from care.services.library import today as local_day
from care.services.platform import Platform
from scanners.model import Severity
from tests.support.people import MACHINE, Hospitals


def plant_alert(platform: Platform, hospitals: Hospitals) -> int:
    """An alert of the region of two hospitals on what the specimens of the audits run, answered by one. Its number."""
    draft = AlertDraft(
        title="Contournement d’authentification dans les passerelles FortiGate",
        severity=Severity.CRITICAL,
        criteria=(TypedCriterion("fortinet:fortios", "7.2.0", "7.2.8"), TypedCriterion("openbsd:openssh", "", "9.8p1")),
        reference="CVE-2026-1234",
        message="Appliquez le correctif, ou coupez l’accès depuis Internet.",
        link="https://www.cert.ssi.gouv.fr/",
        answer_by=local_day(platform) + timedelta(days=2),
    )
    number = publish(platform, MACHINE, Place(Level.REGION, hospitals.region), draft)
    answer(platform, MACHINE, hospitals.hill, number, AlertAnswer.NOT_CONCERNED, "Nous n’en avons pas.", 1)
    return number
