"""Requirements with a history: answers of a site, of its entity and of its group, evidence that serves several."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from care.domain.access import Level, Place, Scope
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.frameworks import Method
from care.domain.programme import AnswerVerdict
from care.services.evidence import Details, Upload, add_evidence
from care.services.frameworks.answering import AnswerDraft, answer_requirement
from care.services.frameworks.choosing import ChoiceDraft, choose_framework
from care.services.library import today
from care.services.platform import Platform
from care.store.frameworks import FrameworkCount
from tests.support.people import MACHINE, Hospitals


@dataclass(frozen=True)
class Needs:
    """What was planted: a policy tied to care-d2:P1 and a report tied to nothing."""

    policy: int
    report: int


def plant_needs(platform: Platform, hospitals: Hospitals, scope: Scope = MACHINE) -> Needs:
    day = today(platform)
    site = Place(Level.ESTABLISHMENT, hospitals.valley)
    entity, group = Place(Level.LEGAL_ENTITY, hospitals.valley_entity), Place(Level.GHT, hospitals.ght)

    def said(
        place: Place, framework: str, item: str, verdict: AnswerVerdict, note: str = "", until: date | None = None
    ) -> None:
        method = Method.INTERVIEW if note else Method.DECLARATION
        answer_requirement(
            platform, scope, place, framework, AnswerDraft(item, verdict, method, note, day, valid_until=until)
        )

    said(site, "anssi-hygiene", "1", AnswerVerdict.YES, until=day + timedelta(days=40))
    said(site, "anssi-hygiene", "2", AnswerVerdict.PARTLY, "Les vacataires ne sont pas formés")
    said(site, "anssi-hygiene", "3", AnswerVerdict.NOT_APPLICABLE, "Rien n’est externalisé ici")
    said(group, "care-d2", "P2", AnswerVerdict.YES)
    said(group, "care-d2", "O3.A", AnswerVerdict.NO, "Les comptes de sauvegarde sont dans l’annuaire général")
    choose_framework(platform, scope, entity, "recyf", ChoiceDraft("EE"), 0)
    choose_framework(
        platform, scope, site, "has-esms", ChoiceDraft(concerned=False, reason="Aucune activité médico-sociale"), 0
    )
    policy = _file(platform, scope, site, EvidenceKind.POLICY, "PSSI 2026 signée", ("care-d2:P1",))
    report = _file(platform, scope, site, EvidenceKind.REPORT, "Test de restauration du DPI", ())
    _counted_before(platform, site, day)
    return Needs(policy, report)


def _file(platform: Platform, scope: Scope, site: Place, kind: EvidenceKind, title: str, refs: tuple[str, ...]) -> int:
    day = today(platform)
    details = Details(kind, title, owner="Camille Roy", effective_from=day - timedelta(days=30))
    upload = Upload(f"{kind.value}.txt", BytesIO(title.encode()))
    things = [ThingRef(ThingKind.REQUIREMENT, ref) for ref in refs]
    return add_evidence(platform, scope, site.id, details, upload, things)


def _counted_before(platform: Platform, site: Place, day: date) -> None:
    with platform.database.write() as session:
        for framework, counts in (
            ("anssi-hygiene", {"met": 0, "not_started": 42}),
            ("care-d2", {"met": 2, "not_met": 4, "to_confirm": 1, "not_applicable": 1, "not_started": 5}),
        ):
            session.add(
                FrameworkCount(
                    holder=f"establishment:{site.id}",
                    framework=framework,
                    day=day - timedelta(days=31),
                    counts=counts,
                )
            )
