"""What a regional centre does in a simulated region: support, services, campaigns, alerts, reports."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import date, timedelta

import numpy as np
from sqlalchemy import select

from care.domain.access import PLATFORM, Level, Place, machine_scope
from care.domain.alerts import AlertAnswer, Exposure
from care.domain.catalogue import OfferKind, Theme
from care.domain.continuity import TestKind, TestResult, TestState
from care.domain.questionnaires import Question, QuestionKind
from care.domain.regional import CampaignKind
from care.domain.regional_reports import Every, ReportForm
from care.domain.support import ContactKind, UseState
from care.services.alerts.writing import AlertDraft, TypedCriterion, publish
from care.services.catalogue import EntryDraft, add_entry
from care.services.federation.enrolling import InvitationDraft, invite
from care.services.indicators.measuring_job import measure_month
from care.services.library import today
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, create_campaign, excuse
from care.services.regional.questions import set_questions
from care.services.regional.sheets import save_sheet
from care.services.regional_reports.asking import ReportAsk, ask_report
from care.services.regional_reports.ordered import OrderDraft, create_order
from care.services.support.editing import ContactDraft, FileDraft, add_contact, save_file
from care.services.support.uses import ask_service, move_use
from care.store.alerts import AlertPlace
from care.store.continuity import ContinuityTest
from care.store.registry import Establishment
from scanners.model import Severity
from tools.region_data import BY, Nation, Site

SCOPE = machine_scope(BY, "fr")
PEOPLE = ("Maya Petit", "Yann Le Bihan", "Inès Kerviel")
STEPS = (
    "Relire ensemble le plan de continuité des urgences",
    "Préparer l’exercice de crise de l’automne",
    "Essayer une restauration de l’annuaire",
    "Fermer les accès de télémaintenance sans second facteur",
    "Présenter la candidature au domaine 2 à la direction",
    "Planifier le remplacement des postes non maintenus",
)
AGREED = (
    "Sauvegarde hors ligne à mettre en place avant l’été ; nous revenons dans deux mois.",
    "La direction générale participera au prochain exercice.",
    "Inventaire des prestataires à compléter par l’équipe technique.",
)
SERVICES = {
    Theme.EXPOSURE: "Audit flash de l’exposition",
    Theme.EXERCISES: "Animation d’un exercice de crise",
    Theme.CONTINUITY: "Relecture d’un plan de continuité",
}


def live(platform: Platform, nation: Nation, region: str, seed: int = 7) -> None:
    """Have the centre of a region (INSEE code) work: a dozen months of it, as its pages show them today."""
    chance = np.random.default_rng(seed)
    place = Place(Level.REGION, nation.regions[region])
    sites = _still_open(platform, nation.of(region))
    _exercises(platform, [one for one in sites if one.id not in nation.federated], chance)
    for month in nation.months[-13:]:
        measure_month(platform, month)
    _follow_up(platform, sites, chance)
    _services(platform, place, sites)
    _campaigns(platform, place, sites, nation.federated, chance)
    _alerts(platform, place, nation, chance)
    _code(platform, place, [one for one in sites if one.id not in nation.federated])


def report(platform: Platform, nation: Nation, region: str) -> None:
    """Order a report a month, and ask for those that the pages of reports offer at once; figures are made by then."""
    place, month = Place(Level.REGION, nation.regions[region]), nation.months[-2]
    draft = OrderDraft(
        "Point mensuel pour l’agence régionale", (ReportForm.PDF,), True, Every.MONTH, ("ars@example.org",)
    )
    create_order(platform, SCOPE, place, draft)
    ask_report(platform, SCOPE, ReportAsk(place, month, (ReportForm.PDF, ReportForm.XLSX), public=False))
    forms = (ReportForm.PDF, ReportForm.PICTURES, ReportForm.JSON)
    ask_report(platform, SCOPE, ReportAsk(PLATFORM, month, forms, public=True))


def _still_open(platform: Platform, sites: Sequence[Site]) -> list[Site]:
    with platform.database.read() as session:
        closed = set(session.scalars(select(Establishment.id).where(Establishment.closed_on.is_not(None))))
    return [one for one in sites if one.id not in closed]


def _exercises(platform: Platform, sites: Sequence[Site], chance: np.random.Generator) -> None:
    """Those that this platform follows enter their exercises here: two in three did, one in six played too little."""
    day = today(platform)
    with platform.database.write() as session:
        for rank, site in enumerate(sites):
            if rank % 3 == 2:
                continue
            done = day - timedelta(days=int(chance.integers(5, 320)))
            session.add(_exercise(platform, site, done, counts=rank % 6 != 0))


def _exercise(platform: Platform, site: Site, done: date, *, counts: bool) -> ContinuityTest:
    now = platform.clock.now()
    return ContinuityTest(
        establishment_id=site.id,
        kind=TestKind.FIELD,
        state=TestState.DONE,
        title="Exercice de crise : rançongiciel un vendredi soir (simulé)",
        planned_on=done,
        done_on=done,
        result=TestResult.PARTIAL,
        observed="Les services ont tenu quatre heures sur papier.",
        leader="Direction",
        participants=24,
        cyber_triggered=True,
        degraded_played=counts,
        management_present=True,
        directorates="Direction des soins",
        created_at=now,
        created_by=BY,
        changed_at=now,
        changed_by=BY,
    )


def _follow_up(platform: Platform, sites: Sequence[Site], chance: np.random.Generator) -> None:
    day = today(platform)
    for rank, site in enumerate(sites):
        who = PEOPLE[rank % len(PEOPLE)]
        if rank % 5 != 4:
            due = None if rank % 7 == 6 else day + timedelta(days=int(chance.integers(-20, 90)))
            save_file(platform, SCOPE, site.id, FileDraft(who, STEPS[rank % len(STEPS)], due), 0)
        for contact in _contacts(rank, who, day, chance):
            add_contact(platform, SCOPE, site.id, contact)


def _contacts(rank: int, who: str, day: date, chance: np.random.Generator) -> Iterator[ContactDraft]:
    kinds = list(ContactKind)
    if rank % 4 != 3:
        held = day - timedelta(days=int(chance.integers(3, 330)))
        yield ContactDraft(kinds[rank % len(kinds)], held, who, True, AGREED[rank % len(AGREED)])
    if rank % 3 == 0:
        coming = day + timedelta(days=int(chance.integers(1, 40)))
        yield ContactDraft(ContactKind.VISIT, coming, who, summary="Visite d’étape")


def _services(platform: Platform, place: Place, sites: Sequence[Site]) -> None:
    day = today(platform)
    for number, (theme, title) in enumerate(SERVICES.items()):
        about = "Service fictif de la démonstration."
        draft = EntryDraft(
            OfferKind.SERVICE, f"{title} (simulé)", about, "Centre régional", themes=(theme,), region_id=place.id
        )
        entry = f"entry-{add_entry(platform, SCOPE, draft)}"
        for rank, site in enumerate(sites[number :: 4 + number]):
            use = ask_service(platform, SCOPE, site.id, entry, "Avant la fin du trimestre, si possible.")
            if rank % 3:
                move_use(platform, SCOPE, use, UseState.AGREED, day, "", 1)
            if rank % 3 == 2:
                move_use(platform, SCOPE, use, UseState.RUNNING, day, "", 2)


def _campaigns(
    platform: Platform, place: Place, sites: Sequence[Site], federated: Container[int], chance: np.random.Generator
) -> None:
    """Two campaigns under way; those who answer at home have not told it yet."""
    day = today(platform)
    played = CampaignDraft(
        "Un exercice avant la fin de l’année", day, day + timedelta(days=60), note="Un kit court suffit."
    )
    number = create_campaign(platform, SCOPE, place, played)
    excuse(platform, SCOPE, number, sites[-1].id, "Déménage ce mois-ci")
    asked = CampaignDraft("Où en est la détection ?", day, day + timedelta(days=30), kind=CampaignKind.QUESTIONNAIRE)
    number = create_campaign(platform, SCOPE, place, asked)
    questions = (
        Question(0, "Un EDR est-il posé sur tous les serveurs ?", QuestionKind.YES_NO),
        Question(
            0, "Qui surveille les alertes la nuit ?", QuestionKind.CHOICE, ("Nous-mêmes", "Un prestataire", "Personne")
        ),
        Question(0, "Combien de postes sans EDR ?", QuestionKind.NUMBER),
    )
    set_questions(platform, SCOPE, number, questions, 1)
    for rank, site in enumerate(one for one in sites if one.id not in federated):
        if rank % 5 < 4:
            answers = {1: ("yes", "no", "unknown")[rank % 3], 2: str(int(chance.integers(0, 3))), 3: str(rank * 7)}
            save_sheet(platform, SCOPE, site.id, number, answers, 0, send=rank % 5 < 3)


def _alerts(platform: Platform, place: Place, nation: Nation, chance: np.random.Generator) -> None:
    """Two alerts under way; federated establishments answered as their installations would have told it."""
    day = today(platform)
    drafts = (
        AlertDraft(
            title="Passerelle d’accès à distance : contournement de l’authentification (simulé)",
            severity=Severity.CRITICAL,
            criteria=(TypedCriterion("fortinet:fortios", "7.2.0", "7.2.8"),),
            reference="CVE-2099-0001",
            message="Appliquez le correctif, ou coupez l’accès depuis Internet.",
            answer_by=day + timedelta(days=2),
        ),
        AlertDraft(
            title="Serveur de messagerie : exécution de code à distance (simulé)",
            severity=Severity.HIGH,
            criteria=(TypedCriterion("microsoft:exchange_server", "", "15.2.1544"),),
            reference="CVE-2099-0002",
            message="Mettez à jour, puis cherchez des traces des trente derniers jours.",
            answer_by=day,
        ),
    )
    for draft in drafts:
        number = publish(platform, SCOPE, place, draft)
        with platform.database.write() as session:
            for row in session.scalars(select(AlertPlace).where(AlertPlace.alert_id == number)):
                if row.establishment_id in nation.federated:
                    _told(platform, row, chance)


def _told(platform: Platform, row: AlertPlace, chance: np.random.Generator) -> None:
    now = platform.clock.now()
    seen = str(chance.choice([one.value for one in Exposure], p=[0.14, 0.1, 0.56, 0.2]))
    row.exposure = Exposure(seen)
    row.facts_at = None if row.exposure is Exposure.UNKNOWN else now - timedelta(days=int(chance.integers(1, 50)))
    row.seen = int(chance.integers(1, 4)) if row.exposure in (Exposure.EXPOSED, Exposure.SUSPECTED) else 0
    row.answer = AlertAnswer(str(chance.choice([one.value for one in AlertAnswer], p=[0.35, 0.15, 0.2, 0.15, 0.15])))
    if row.answer is not AlertAnswer.NONE:
        row.answered_at, row.answered_by = now - timedelta(hours=int(chance.integers(1, 40))), "Son installation"


def _code(platform: Platform, place: Place, sites: Sequence[Site]) -> None:
    """A code of enrolment that waits for the last of them."""
    for site in sites[-1:]:
        with platform.database.read() as session:
            row = session.get_one(Establishment, site.id)
            draft = InvitationDraft(row.name, place, (row.finess,))
        invite(platform, SCOPE, draft)
