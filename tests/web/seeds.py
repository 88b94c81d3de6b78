"""A hospital with a history: targets, a mandate, a campaign done by the real rules on the specimens of the scanners."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from care.domain.access import Scope
from care.domain.actions import ActionSource
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.jobs import JobState, Lane
from care.domain.mail import MailState
from care.services import audits, evidence, import_sorts, jobs, mandates, outbox, targets
from care.services.action_closing import Proof, close_action
from care.services.action_writing import ActionDraft, Chosen, comment, create_action
from care.services.evidence import Details
from care.services.findings import FindingFilter, group_findings
from care.services.import_drafts import Upload, receive
from care.services.import_now import confirm, upload
from care.services.library import today as local_day
from care.services.mandate_names import follow_name, names_of
from care.services.mandates import MandateDraft
from care.services.platform import Platform
from care.services.targets import TargetDraft
from care.services.work import Hold
from care.store.imports import ImportDraft
from care.store.jobs import Job
from care.store.outbox import Mail
from scanners.archive import Archive, Manifest, format_of, read_archive, write_archive
from scanners.collect import Progress
from scanners.collection import Limits
from scanners.model import Severity, Text
from tests.support.audits import add_directory, claimed, run_audit
from tests.support.people import MACHINE, Hospitals
from tests.unit.ad import specimens as ad
from tests.unit.backup import specimens as backup
from tests.unit.exposure import specimens as exposure

SAMPLES = Path(__file__).parents[1] / "unit" / "imported" / "samples"
BROKEN = {"exposure": exposure.BROKEN, "backup": backup.BROKEN, "ad": ad.BROKEN}
MOVED = "siege.hopital.test"
"""The name that the broken specimen of exposure sees at a new address."""
HEALTHY = {"exposure": exposure.HEALTHY, "backup": backup.HEALTHY, "ad": ad.HEALTHY}
PLAN = {"version": 1, "establishment": "Hôpital de la Vallée", "repositories": [
    {"name": "dpi-restic", "tool": "restic", "location": "/mnt/sauvegardes/dpi"}
], "systems": []}  # fmt: skip


class SpecimenCollect:
    """A collector that reads specimens instead of a network; `facts` can be changed between two audits."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = dict(BROKEN)
        self.pause: Callable[[], None] = lambda: None
        self.before = timedelta(minutes=3)
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __call__(
        self,
        scanner: str,
        request: Mapping[str, Any],
        secrets: Mapping[str, str],
        out: Path,
        limits: Limits,
        progress: Progress,
        cancelled: Callable[[], bool],
        stopped: Callable[[], bool] = lambda: False,
    ) -> Archive[Any]:
        progress(0.2, Text("Connexion à la cible.", "Connecting to the target."))
        self.pause()
        moment = self.clock()
        manifest = Manifest(
            scanner=scanner,
            schema=format_of(scanner).schema,
            target="specimen",
            started_at=(moment - self.before).isoformat(),
            finished_at=moment.isoformat(),
            tool="tests",
        )
        write_archive(out, manifest, self.facts[scanner])
        progress(0.9, Text("Faits écrits.", "Facts written."))
        return read_archive(out)


@dataclass
class Seeds:
    """What was planted at the valley hospital."""

    mandate: int
    exposure: int
    backup: int
    campaign: int
    runs: tuple[int, ...]
    mail: int
    evidence: int


def plant_audits(platform: Platform, establishment_id: int, scope: Scope = MACHINE) -> Seeds:
    """Targets and their first campaign, recorded."""
    today = local_day(platform)
    draft = MandateDraft(
        authorised_by="Jeanne Roux",
        role="Directrice",
        reference="Note DSI-2026-12",
        scope=("203.0.113.0/24", "*.hopital-vallee.fr"),
        excluded=("203.0.113.200",),
        valid_from=today - timedelta(days=30),
        valid_to=today + timedelta(days=300),
        unsigned_why="Original en signature",
    )
    mandate = mandates.add_mandate(platform, scope, establishment_id, draft)
    outside = TargetDraft("exposure", "Façade Internet", {"targets": ["203.0.113.10"]}, {}, mandate)
    plan = TargetDraft("backup", "Plan de sauvegarde", {"plan": PLAN}, {"repository.dpi-restic": "secret du depot"})
    first = targets.add_target(platform, scope, establishment_id, outside)
    second = targets.add_target(platform, scope, establishment_id, plan)
    campaign = audits.start_campaign(platform, scope, establishment_id, "Campagne de mars")
    do_waiting(platform)
    mail = plant_mail(platform, establishment_id)
    runs = tuple(one.run_id for one in campaign.started)
    policy = plant_evidence(platform, establishment_id, runs[0], scope)
    return Seeds(mandate, first, second, campaign.campaign_id, runs, mail, policy)


def plant_directory(platform: Platform, establishment_id: int, scope: Scope = MACHINE) -> tuple[int, ...]:
    """A directory audited three times: broken, mended, broken again; returns its runs."""
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    target = add_directory(platform, scope, establishment_id, "Annuaire de la Vallée")
    now = platform.clock.now()
    runs = []
    for days, facts in ((60, ad.BROKEN), (30, ad.HEALTHY), (0, ad.BROKEN)):
        collect.clock = lambda at=now - timedelta(days=days): at  # type: ignore[misc]
        collect.facts["ad"] = facts
        runs.append(run_audit(platform, scope, target).run_id)
    collect.clock = lambda: datetime.now(UTC)
    return tuple(runs)


def plant_evidence(platform: Platform, establishment_id: int, run_id: int, scope: Scope) -> int:
    """A policy in two versions, tied to an audit, and a contract that has ended."""
    today = local_day(platform)
    policy = Details(EvidenceKind.POLICY, "Politique de sécurité (PSSI)", "Jeanne Roux", effective_from=today)
    goal = ThingRef(ThingKind.REQUIREMENT, "care-d2:O3.A")
    source = evidence.Upload("pssi-2025.pdf", BytesIO(b"%PDF-1.7 2025"))
    ties = (goal, ThingRef(ThingKind.RUN, str(run_id)))
    first = evidence.add_evidence(platform, scope, establishment_id, policy, source, ties)
    ended = Details(EvidenceKind.CONTRACT, "Contrat d’hébergement", effective_to=today - timedelta(days=3))
    evidence.add_evidence(platform, scope, establishment_id, ended, "https://ged.hopital.fr/contrat/12")
    source = evidence.Upload("pssi-2026.pdf", BytesIO(b"%PDF-1.7 2026"))
    return evidence.new_version(platform, scope, first, policy, source, 1)


def plant_mail(platform: Platform, establishment_id: int) -> int:
    """A message whose sending was interrupted."""
    letter = outbox.Letter("rssi@hopital.test", "2 échéances à venir", "Bonjour,\n\n- Une action\n", establishment_id)
    with platform.database.write() as session:
        number = outbox.post(platform, session, letter)
        assert number is not None
        row = session.get_one(Mail, number)
        row.state, row.attempts = MailState.UNCERTAIN, 1
        row.trouble_fr, row.trouble_en = "Envoi interrompu.", "Sending cut short."
    return number


def plant_followed(platform: Platform, mandate: int) -> int:
    """The name that moved, followed wherever it goes."""
    follow_name(platform, MACHINE, mandate, MOVED)
    return names_of(platform, MACHINE, mandate).followed[0].id


def plant_draft(platform: Platform, establishment_id: int, name: str = "pingcastle.xml") -> int:
    """A sample of another tool, read and waiting for its confirmation."""
    with (SAMPLES / name).open("rb") as content:
        return upload(platform, MACHINE, establishment_id, Upload(name, content, 1 << 20))


def plant_collection(platform: Platform, establishment_id: int) -> int:
    """A collection of a directory made elsewhere, read and waiting for its confirmation."""
    at = (platform.clock.now() - timedelta(days=90)).isoformat()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "annuaire.care"
        write_archive(path, Manifest("ad", format_of("ad").schema, "ldaps://dc1.test", at, at, "tests"), ad.BROKEN)
        with path.open("rb") as content:
            draft = receive(platform, MACHINE, establishment_id, Upload(path.name, content, 1 << 20))
    for work in (import_sorts.read, import_sorts.compare):
        work(platform, Hold(platform, claimed(platform, Lane.IMPORT)))
    return draft


def plant_import_jobs(platform: Platform, establishment_id: int) -> None:
    """A file whose reading never begins, and one whose reading failed."""
    for state in (JobState.QUEUED, JobState.FAILED):
        with (SAMPLES / "nmap.xml").open("rb") as content:
            draft = receive(platform, MACHINE, establishment_id, Upload("nmap.xml", content, 1 << 20))
        with platform.database.write() as session:
            job = session.get_one(Job, session.get_one(ImportDraft, draft).job_id)
            job.state, job.due_at = state, job.due_at + timedelta(days=300)
            job.error_fr = "Ce fichier XML s’arrête avant sa fin (ligne 12, colonne 4) ; copiez-le de nouveau."
            job.error_en = "This XML file stops before its end (line 12, column 4); copy it again, whole."


def plant_import(platform: Platform, establishment_id: int, name: str = "nessus.nessus") -> int:
    """A sample of another tool, imported; returns its run."""
    return confirm(platform, MACHINE, plant_draft(platform, establishment_id, name), "Siège")


def plant_actions(platform: Platform, hospitals: Hospitals) -> None:
    """An action of each kind: late, shared by two hospitals, waiting for its verification, from nothing."""
    rules = group_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page.lines
    today = local_day(platform)
    here = [hospitals.valley]
    first = ActionDraft("Fermer les ports d’administration", "Au pare-feu.", owner="Paul Reeves", effort_days=2.5)
    number = create_action(platform, MACHINE, here, first, Chosen(rule=rules[0].rule))
    comment(platform, MACHINE, number, "Le prestataire passe mardi.")
    shared = ActionDraft("Authentification forte partout", owner="Léa Martin", funding="CaRE D1", due_on=today)
    create_action(platform, MACHINE, [*here, hospitals.hill], shared, Chosen(rule=rules[1].rule))
    done = create_action(platform, MACHINE, here, ActionDraft("Renouveler le certificat"), Chosen(rule=rules[2].rule))
    close_action(platform, MACHINE, done, hospitals.valley, Proof("https://ged.hopital.test/42", title="Commande"))
    drill = ActionDraft("Annuaire papier des astreintes", severity=Severity.MEDIUM, source=ActionSource.EXERCISE)
    create_action(platform, MACHINE, here, drill)


def do_waiting(platform: Platform) -> None:
    """Do every waiting audit, as the worker does."""
    while True:
        claim = jobs.claim(platform, Lane.AUDIT, "tests")
        if claim is None:
            return
        audits.audit(platform, Hold(platform, claim))
