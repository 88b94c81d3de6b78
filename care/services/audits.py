"""Running audits: asked for by a person or the calendar, done by a worker, recorded in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, machine_scope
from care.domain.evidence import EvidenceKind
from care.domain.findings import Change, Written, observed
from care.domain.jobs import ACTIVE, JobKind, Lane
from care.domain.restraints import StopCause
from care.services import evidence, jobs
from care.services.alerts.seeing import keep_products
from care.services.audit_exclusions import AuditExclusions, audit_exclusions, kept, without_report
from care.services.audit_hours import Opening, authorised, check_not_stopped, opens_later
from care.services.backups.following import keep_readings
from care.services.backups.handing import handed_plan
from care.services.backups.isolation import with_isolation
from care.services.backups.remembering import memories
from care.services.backups.roots import check_roots
from care.services.continuity_facts import CONTINUITY, write_facts
from care.services.critical_notices import tell_criticals
from care.services.cut_short import SAID, Watch, check_left, goes_on, too_long
from care.services.declared_answers import declared_answers
from care.services.directory.handing import audited_directories
from care.services.directory.keeping import judged_apart, keep_summary, last_seen, never
from care.services.drills import handing
from care.services.drills.keeping import keep_drill
from care.services.drills.proving import with_tests
from care.services.errors import NotFound, Refused
from care.services.exposure.asked_again import known_names
from care.services.exposure.keeping import keep_assets, silence_counts
from care.services.exposure.unwatched import mark_unwatched
from care.services.frameworks import standings
from care.services.library import today
from care.services.mandate_names import keep_places, known_places
from care.services.mandates import check_scope
from care.services.next_audit import expect_first, set_next_audit
from care.services.no_report import postpone_unreported
from care.services.places import visible_establishment
from care.services.platform import Platform, StoredFile
from care.services.recording import Place, record_findings
from care.services.remote_access.handing import handed_over, left_to_register
from care.services.remote_access.listed import lists_for, take_over
from care.services.remote_access.other_keys import other_keys
from care.services.scanning import (
    BACKUP_PLAN,
    BACKUP_SCANNER,
    DECLARED,
    DIRECTORIES,
    DIRECTORY,
    DIRECTORY_SCANNER,
    EARLIER,
    EXCLUSIONS,
    FORMER_LISTS,
    INVENTORY,
    KNOWN_NAMES,
    KNOWN_PLACES,
    LIFECYCLE,
    LISTS,
    MANDATE,
    REGISTER,
    SEEN,
    VULNERABILITIES,
    audited,
    keeps_part,
    requires,
    takes,
)
from care.services.targets import opened_secrets
from care.services.trail import Thing, record
from care.services.work import Hold, work_folder
from care.store.evidence import Evidence
from care.store.jobs import Job
from care.store.registry import Establishment
from care.store.runs import Campaign, RuleOutcome, Run
from care.store.support import CampaignAudit
from care.store.targets import Target
from scanners.archive import Archive, read_archive
from scanners.backup.facts import BackupFacts
from scanners.catalog import rules_of
from scanners.collect import Progress
from scanners.collection import Cancelled, Limits
from scanners.exchange import NamedProduct
from scanners.exposure.facts import ExposureFacts
from scanners.judging import Summary
from scanners.model import Facts, Outcome, Status, Text
from scanners.named_products import products_of
from scanners.read_lifecycle import imported_text
from scanners.result import AuditResult, judge

log = logging.getLogger(__name__)

_COLLECTING = 0.9
_DIRECTORY_NAME = "annuaire.care"
_JUDGED = 0.98
_RECORDING = Text("Enregistrement des résultats.", "Recording the results.")
_CLOSED = Text(
    "Cet établissement est fermé : rien n’y est plus audité. Retirez la programmation, ou corrigez la fermeture.",
    "This establishment is closed: nothing is audited there any more. Remove the schedule, or correct the closing.",
)
_BROUGHT_ONLY = Text(
    "Cet annuaire ne vit que de collectes importées : complétez sa cible (contrôleur, compte) pour l’auditer d’ici.",
    "This directory lives on imported collections only: complete its target (controller, account) to audit it from "
    "here.",
)
_NO_TARGET = Text("Aucune cible à auditer ; ajoutez-en une.", "There is no target to audit; add one.")
_NO_DIRECTORY = Text(
    "Cet audit s’appuie sur l’annuaire : lancez d’abord un audit Active Directory complet de cet établissement.",
    "This audit builds on the directory: first run a complete Active Directory audit of this establishment.",
)


@dataclass(frozen=True, slots=True)
class Started:
    """An audit that was asked for: its run, and the job to watch."""

    run_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class CampaignStarted:
    """A campaign: the audits that started, and why the others could not (by target)."""

    campaign_id: int
    started: tuple[Started, ...]
    refused: Mapping[int, str]


def start_audit(platform: Platform, scope: Scope, target_id: int, slot_key: str | None = None) -> Started | None:
    """Ask for an audit of one target.

    Refused, with the reason, when one is already going on or no valid mandate covers it. None when the calendar's slot
    was already used.
    """
    with platform.database.write() as session:
        target = _active_target(session, target_id)
        visible_establishment(session, scope, target.establishment_id, Right.RUN_AUDIT)
        return submit_audit(platform, session, scope, target, None, slot_key)


def start_scheduled(platform: Platform, scope: Scope, target_id: int, slot_key: str) -> Opening | None:
    """Ask for the audit of an appointment, at the next hour when it may go on: that hour, and why, when it is not now.

    Refused as `start_audit`. Nothing when the slot was already used.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        target = _active_target(session, target_id)
        visible_establishment(session, scope, target.establishment_id, Right.RUN_AUDIT)
        later = opens_later(platform, session, target, now)
        started = submit_audit(platform, session, scope, target, None, slot_key, later)
        return later if started else None


def take_up(platform: Platform, scope: Scope, run_id: int) -> Started | None:
    """Look at what an audit that was cut short had left. Refused when it left nothing, when it is too old or when a
    later one followed it; NotFound."""
    with platform.database.write() as session:
        run = session.get(Run, run_id, with_for_update=True)
        if run is None:
            raise NotFound
        visible_establishment(session, scope, run.establishment_id, Right.RUN_AUDIT)
        check_left(session, run, platform.clock.now())
        return submit_audit(platform, session, scope, _active_target(session, run.target_id), continues=run)


def start_campaign(
    platform: Platform, scope: Scope, establishment_id: int, name: str, target_ids: Sequence[int] | None = None
) -> CampaignStarted:
    """Ask for audits of several targets together; all those of the establishment when `target_ids` is None.

    A target that cannot be audited now does not hold up the others. Refused when none can.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        targets = [one for one in _targets_of(session, establishment_id) if target_ids is None or one.id in target_ids]
        campaign = Campaign(
            establishment_id=establishment_id, name=name.strip()[:200], started_at=now, started_by=scope.actor
        )
        session.add(campaign)
        session.flush()
        started: list[Started] = []
        refused: dict[int, Text] = {}
        for target in targets:
            try:
                one = submit_audit(platform, session, scope, target, campaign.id)
            except Refused as refusal:
                refused[target.id] = refusal.text
                continue
            if one is not None:
                started.append(one)
        if not started:
            raise Refused(next(iter(refused.values()), _NO_TARGET))
        return CampaignStarted(
            campaign.id, tuple(started), {number: text.render(scope.lang) for number, text in refused.items()}
        )


def submit_audit(
    platform: Platform,
    session: Session,
    scope: Scope,
    target: Target,
    campaign_id: int | None = None,
    slot_key: str | None = None,
    later: Opening | None = None,
    continues: Run | None = None,
) -> Started | None:
    """Ask for an audit in the caller's write transaction, once the right to is checked, now or `later`. Refused before
    any write."""
    now = platform.clock.now()
    _check_open(platform, session, target.establishment_id)
    check_not_stopped(session, target.establishment_id)
    if target.scanner == DIRECTORY_SCANNER and not target.request:
        raise Refused(_BROUGHT_ONLY)
    if takes(target.scanner, MANDATE):
        authorisation = authorised(platform, session, target, later.at if later else now)
        check_scope(authorisation, target.request["targets"])
    order = jobs.Order(
        JobKind.AUDIT,
        establishment_id=target.establishment_id,
        target_id=target.id,
        slot_key=slot_key,
        after_job_id=_directory_job(session, target) if takes(target.scanner, DIRECTORY) else None,
        due_at=later.at if later else None,
        said=later.why if later else jobs.ACCEPTED,
        lane=Lane.BASTION if target.request.get("bastion") else None,
    )
    job_id = jobs.submit(platform, session, order, scope.actor)
    if job_id is None:
        return None
    run = Run(
        establishment_id=target.establishment_id,
        target_id=target.id,
        scanner=target.scanner,
        campaign_id=campaign_id,
        job_id=job_id,
        asked_at=now,
        asked_by=scope.actor,
        continues_id=continues.id if continues else None,
    )
    session.add(run)
    session.flush()
    expect_first(session, target.id, later.at if later else now)
    record(session, scope, "audit.asked", Thing("run", run.id, run.establishment_id), now, {"target": target.name})
    return Started(run.id, job_id)


def _check_open(platform: Platform, session: Session, establishment_id: int) -> None:
    """Refused once an establishment is closed: what answers at its addresses may be somebody else's by now."""
    closed_on = session.get_one(Establishment, establishment_id).closed_on
    if closed_on is not None and closed_on <= today(platform):
        raise Refused(_CLOSED)


def _directory_job(session: Session, target: Target) -> int | None:
    """The directory's audit going on in the establishment, which the others wait for."""
    active = select(Job.id).join(Run, Run.job_id == Job.id).where(Job.state.in_(ACTIVE))
    return session.scalar(
        active.where(Run.establishment_id == target.establishment_id, Run.scanner == DIRECTORY_SCANNER)
        .order_by(Job.id.desc())
        .limit(1)
    )


def _active_target(session: Session, target_id: int) -> Target:
    target = session.scalars(
        select(Target).where(Target.id == target_id, Target.archived_at.is_(None), audited())
    ).one_or_none()
    if target is None:
        raise NotFound
    return target


def _targets_of(session: Session, establishment_id: int) -> Sequence[Target]:
    """The directory first: other audits build on it."""
    targets = session.scalars(
        select(Target).where(Target.establishment_id == establishment_id, Target.archived_at.is_(None), audited())
    )
    return sorted(targets, key=lambda one: (one.scanner != DIRECTORY_SCANNER, one.scanner, one.name))


@dataclass(frozen=True, slots=True)
class _Task:
    """What the worker needs to collect. `secrets` are in clear and live in memory only; `directory` is the archive of
    the directory's facts, for the scanners that build on it. `closes_at` is when the audit must end, None when nothing
    says so; `exclusions` are those of the audit, `mandate_id` the mandate it goes by."""

    run_id: int
    establishment_id: int
    target_id: int
    scanner: str
    request: Mapping[str, Any]
    secrets: Mapping[str, str]
    directory: Path | None
    exclusions: AuditExclusions
    mandate_id: int | None


def audit(platform: Platform, hold: Hold) -> None:
    """Do one audit: collect in a child process, judge, record everything or nothing. When it may not go on now, it goes
    back to the queue until it may; cut short, it records the part that was seen.

    CollectError, ArchiveError, EvidenceError, Refused and Cancelled end the job with their sentence.
    """
    later = _opens_later(platform, hold.claim.job_id)
    if later is not None:
        jobs.postpone(platform, hold.claim, later.at, later.why)
        return
    task = _prepare(platform, hold.claim.job_id)
    watch = Watch(platform, hold, task.target_id, task.exclusions.newest, keeps_part(task.scanner))
    with work_folder(platform) as folder:
        out = folder / "facts.care"
        try:
            _collect(platform, hold, task, folder, out, watch)
        except Cancelled:
            _nothing_seen(platform, hold, watch)
            return
        hold.stage(_COLLECTING, _judging(task.scanner))
        judged = judged_file(platform, task.scanner, out, hold.taken_away)
        if hold.taken_away() or (hold.ending() and watch.cause is None):
            raise Cancelled
        with out.open("rb") as content:
            stored = evidence.keep_content(platform, content, evidence.MAX_FACTS_BYTES)
    hold.stage(_JUDGED, _RECORDING)
    _record(platform, hold, task, judged, stored, watch)


def _nothing_seen(platform: Platform, hold: Hold, watch: Watch) -> None:
    """Cut short before anything was seen: tried again later when nobody wished its end. Cancelled otherwise."""
    if watch.cause is None or not watch.cause.taken_up:
        raise Cancelled
    if watch.cause is StopCause.TIME:
        raise too_long(platform.settings.collect_seconds)
    later = _opens_later(platform, hold.claim.job_id)
    jobs.postpone(platform, hold.claim, later.at if later else platform.clock.now(), SAID[watch.cause])


@dataclass(frozen=True, slots=True)
class Judged:
    """What an archive says: the outcomes of its rules, the products it names, what a directory tells besides.

    `facts` is None for a directory, which is opened and judged in a process of its own."""

    facts: Facts | None
    result: AuditResult
    seen: tuple[NamedProduct, ...]
    directory: Summary | None


def judged_file(platform: Platform, scanner: str, path: Path, cancelled: Callable[[], bool] = never) -> Judged:
    """What the archive at `path` says, by the rules of this version."""
    if scanner == DIRECTORY_SCANNER:
        told = judged_apart(platform, path, cancelled)
        return Judged(None, told.result, told.products, told.summary)
    archive: Archive[Facts] = read_archive(path)
    return Judged(archive.facts, judge(archive), products_of(archive), None)


def _collect(platform: Platform, hold: Hold, task: _Task, folder: Path, out: Path, watch: Watch) -> None:
    """Collect in a child process; the facts of continuity are the platform's own."""
    if task.scanner == CONTINUITY:
        write_facts(platform, task.establishment_id, out)
        return
    platform.collect(
        task.scanner,
        _with_directory(task, folder),
        task.secrets,
        out,
        Limits(watch.hard_limit, platform.settings.collect_memory),
        _first_part(hold.progress),
        hold.taken_away,
        watch.stopped,
    )


def _first_part(progress: Progress) -> Callable[[float, Text], None]:
    """Collecting is most of an audit: its own share is scaled to leave room for judging and recording."""
    return lambda share, text: progress(round(share * _COLLECTING, 3), text)


def _judging(scanner: str) -> Text:
    count = len(rules_of(scanner))
    return Text(f"Jugement de {count} règles.", f"Judging {count} rules.")


def _prepare(platform: Platform, job_id: int) -> _Task:
    now = platform.clock.now()
    with platform.database.read() as session:
        run, target = session.execute(
            select(Run, Target).join(Target, Target.id == Run.target_id).where(Run.job_id == job_id)
        ).one()
        _check_open(platform, session, target.establishment_id)
        check_not_stopped(session, target.establishment_id)
        request, known = dict(target.request), AuditExclusions()
        if takes(target.scanner, MANDATE):
            request[MANDATE] = authorised(platform, session, target, now).to_mapping()
        if takes(target.scanner, EXCLUSIONS):
            known = audit_exclusions(platform, session, target)
            request[EXCLUSIONS] = known.request()
        if takes(target.scanner, VULNERABILITIES):
            request[VULNERABILITIES] = str(platform.settings.vulnerabilities_file)
        if takes(target.scanner, LIFECYCLE):
            request[LIFECYCLE] = imported_text(platform.settings.data_dir)
        if takes(target.scanner, EARLIER):
            request[EARLIER] = _earlier(platform, session, run)
        request |= _of_the_place(platform, session, target)
        if target.scanner == BACKUP_SCANNER:
            plan = with_tests(session, target.establishment_id, request.get("plan") or {})
            request = {**request, "plan": with_isolation(session, target.establishment_id, plan)}
        secrets = dict(opened_secrets(platform, session, target.id))
        if takes(target.scanner, BACKUP_PLAN):
            given, lent = handing.handed_over(platform, session, target, run.asked_by)
            request, secrets = {**request, **given}, {**secrets, **lent}
        check_roots(platform, request)
        directory = _directory(platform, session, target) if takes(target.scanner, DIRECTORY) else None
        return _Task(
            run.id,
            run.establishment_id,
            target.id,
            target.scanner,
            request,
            secrets,
            directory,
            known,
            target.mandate_id,
        )


def _of_the_place(platform: Platform, session: Session, target: Target) -> dict[str, Any]:
    """What the platform holds of the establishment and the scanner of a target asks for."""
    given: dict[str, Any] = {}
    if takes(target.scanner, KNOWN_NAMES):
        given[KNOWN_NAMES] = list(known_names(session, target.id))
    if takes(target.scanner, DECLARED):
        given[DECLARED] = declared_answers(platform, session, target.establishment_id, today(platform), target.scanner)
    if takes(target.scanner, KNOWN_PLACES):
        given[KNOWN_PLACES] = known_places(session, target)
    if takes(target.scanner, LISTS):
        given[LISTS] = lists_for(platform, session, target)
    given |= _of_backups(platform, session, target)
    if takes(target.scanner, REGISTER):
        with_lists = bool(given.get(LISTS))
        given |= handed_over(platform, session, target.establishment_id, target.request, with_lists=with_lists)
        given |= other_keys(platform, session, target)
    return given


def _of_backups(platform: Platform, session: Session, target: Target) -> dict[str, Any]:
    """The same, of what audits of backups alone take."""
    given: dict[str, Any] = {}
    if target.request.get(INVENTORY) and takes(target.scanner, INVENTORY):
        given["plan"] = handed_plan(platform, session, target.establishment_id, target.request.get("plan", {}))
    if takes(target.scanner, SEEN):
        given[SEEN] = memories(platform, session, target)
    if takes(target.scanner, DIRECTORIES):
        given[DIRECTORIES] = audited_directories(platform, session, target.establishment_id)
    if takes(target.scanner, FORMER_LISTS):
        given[FORMER_LISTS] = lists_for(platform, session, target, former=True)
    return given


def _opens_later(platform: Platform, job_id: int) -> Opening | None:
    """When an audit may go on again; None when it may now, or needs no mandate."""
    with platform.database.read() as session:
        target = session.scalars(select(Target).join(Run, Run.target_id == Target.id).where(Run.job_id == job_id)).one()
        return opens_later(platform, session, target, platform.clock.now())


def _with_directory(task: _Task, folder: Path) -> Mapping[str, Any]:
    """The request, the directory's archive under a name that stays: some scanners name what they covered after it."""
    if task.directory is None:
        return task.request
    link = folder / _DIRECTORY_NAME
    link.symlink_to(task.directory)
    return {**task.request, DIRECTORY: str(link)}


def _earlier(platform: Platform, session: Session, run: Run) -> str:
    """The archive of the audit whose rest this one takes up; "" when it starts anew."""
    if run.continues_id is None:
        return ""
    sha256 = session.scalar(
        select(Evidence.sha256).join(Run, Run.facts_id == Evidence.id).where(Run.id == run.continues_id)
    )
    return str(platform.evidence.path(sha256)) if sha256 else ""


def _directory(platform: Platform, session: Session, target: Target) -> Path | None:
    """The facts of the establishment's last complete directory audit; None when there are none and the scanner can do
    without. Refused when it cannot."""
    sha256 = session.scalar(
        select(Evidence.sha256)
        .join(Run, Run.facts_id == Evidence.id)
        .where(
            Run.establishment_id == target.establishment_id, Run.scanner == DIRECTORY_SCANNER, Run.complete.is_(True)
        )
        .order_by(Run.collected_to.desc())
        .limit(1)
    )
    if sha256 is not None:
        return platform.evidence.path(sha256)
    if requires(target.scanner, DIRECTORY):
        raise Refused(_NO_DIRECTORY)
    return None


def _record(platform: Platform, hold: Hold, task: _Task, judged: Judged, stored: StoredFile, watch: Watch) -> None:
    now, result = platform.clock.now(), judged.result
    with platform.database.write() as session:
        run = session.get_one(Run, task.run_id)
        draft = evidence.EvidenceDraft(
            run.establishment_id,
            EvidenceKind.FACTS,
            f"{result.scanner}-{result.finished_at:%Y%m%d-%H%M%S}.care",
            evidence.FACTS_MEDIA_TYPE,
            result.finished_at.date(),
        )
        run.facts_id = evidence.add(session, stored, draft, now, run.asked_by).id
        run.perimeter = _perimeter(platform, session, run, judged)
        record_judged(platform, session, run, judged, now, task.exclusions)
        if isinstance(judged.facts, ExposureFacts):
            keep_places(session, run.target_id, task.mandate_id, judged.facts, result.finished_at)
        _end(platform, hold, session, run, watch.cause if not result.complete else None)


def _end(platform: Platform, hold: Hold, session: Session, run: Run, cause: StopCause | None) -> None:
    """End the job in the transaction that records the run."""
    run.stopped = cause
    if cause is StopCause.PERSON:
        jobs.finish_stopped(session, hold.claim, platform.clock.now(), SAID[cause])
        return
    hold.finish(session, SAID[cause] if cause else jobs.DONE)
    if cause is not None and goes_on(session, run):
        _go_on(platform, session, run)


def _go_on(platform: Platform, session: Session, run: Run) -> None:
    """Ask for what an audit that nobody stopped has left, as soon as it may go on."""
    target = session.get_one(Target, run.target_id)
    if target.archived_at is not None:
        return
    later = opens_later(platform, session, target, platform.clock.now())
    try:
        started = submit_audit(
            platform, session, machine_scope(run.asked_by), target, run.campaign_id, None, later, continues=run
        )
    except Refused as refusal:
        log.warning("run %d is not taken up again: %s", run.id, refusal)
        return
    if started is not None:
        session.execute(update(CampaignAudit).where(CampaignAudit.run_id == run.id).values(run_id=started.run_id))


def _perimeter(platform: Platform, session: Session, run: Run, judged: Judged) -> str:
    """What was covered. A directory is one, whichever of its controllers answers: it keeps that of its last audit."""
    told = judged.directory.work.get("domain") if judged.directory else None
    before = last_seen(platform, session, run.target_id) if told else None
    same = before is not None and told is not None and before.perimeter and before.sid == told["sid"]
    return before.perimeter if before and same else judged.result.target


def record_judged(
    platform: Platform,
    session: Session,
    run: Run,
    judged: Judged,
    now: datetime,
    exclusions: AuditExclusions | None = None,
) -> Written:
    """Write in a run, whose facts and perimeter are known, what its archive says; in the caller's transaction.

    `exclusions` are those of an exposure audit.
    """
    result, facts = judged.result, judged.facts
    _describe(run, result, now)
    session.flush()
    place = Place(run.establishment_id, run.target_id, run.id)
    part = isinstance(facts, ExposureFacts) and bool(facts.unfinished)
    seen = observed(result.outcomes, result.finished_at, run.perimeter or result.target)
    seen = replace(seen, judged={**left_to_register(facts), **seen.judged})
    if isinstance(facts, ExposureFacts):
        # Whatever the perimeter is called: each subject tells whether it was looked at.
        seen = replace(seen, looked=silence_counts(session, run, facts), whole=True)
    if part:  # whatever its rules could read, an audit that was cut short closes nothing
        seen = replace(seen, judged={rule: replace(one, conclusive=False) for rule, one in seen.judged.items()})
    if exclusions is not None and isinstance(facts, ExposureFacts):
        run.spared, run.left_over = kept(facts, exclusions), len(facts.unfinished)
    take_over(session, run, facts)
    written = record_findings(session, place, seen, now, run.asked_by)
    unreported = (
        without_report(platform, facts, exclusions)
        if exclusions is not None and isinstance(facts, ExposureFacts)
        else ()
    )
    postpone_unreported(session, run.target_id, unreported, now)
    session.execute(insert(RuleOutcome), [_outcome_row(run.id, outcome, part) for outcome in result.outcomes])
    run.findings_new, run.findings_still = written.counts[Change.NEW], written.counts[Change.STILL]
    run.findings_fixed, run.findings_back = written.counts[Change.FIXED], written.counts[Change.BACK]
    if isinstance(facts, ExposureFacts):
        keep_assets(session, run, facts)
        mark_unwatched(session, run, facts)
        set_next_audit(session, run, facts)
    late = keep_readings(platform, session, run, facts, now) if isinstance(facts, BackupFacts) else ()
    tell_criticals(platform, session, run, written, result.outcomes, unreported, late)
    keep_products(session, run, judged.seen)
    keep_summary(session, run.id, judged.directory)
    keep_drill(session, run, facts)
    standings.ask(platform, session, run.asked_by)
    return written


def _describe(run: Run, result: AuditResult, now: datetime) -> None:
    run.recorded_at = now
    run.collected_from, run.collected_to = result.started_at, result.finished_at
    run.complete = result.complete
    run.gaps = [
        {
            "section": gap.section,
            "truncated": gap.truncated,
            "subject": gap.subject,
            "fr": gap.reason.fr,
            "en": gap.reason.en,
        }
        for gap in result.gaps
    ]
    counts = result.counts()
    run.passed, run.failed = counts[Status.PASSED], counts[Status.FAILED]
    run.not_assessable, run.error = counts[Status.NOT_ASSESSABLE], counts[Status.ERROR]


def _outcome_row(run_id: int, outcome: Outcome, part: bool) -> dict[str, Any]:
    reason = outcome.reason or Text("", "")
    return {
        "run_id": run_id,
        "rule": outcome.rule.id,
        "status": outcome.status,
        "conclusive": outcome.conclusive and not outcome.unjudged and not part,
        "severity": outcome.rule.severity,
        "population": outcome.population,
        "findings": len(outcome.findings),
        "reason_fr": reason.fr,
        "reason_en": reason.en,
    }
