"""One hospital whose backups are right, one whose backups are wrong in every way a rule knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from scanners.backup.facts import (
    POLICY_ITEMS,
    Answer,
    AnswerKey,
    BackupFacts,
    Check,
    Copy,
    DirectoryBackup,
    Gone,
    Memory,
    Milestone,
    Place,
    Plan,
    Policy,
    ProductionDirectory,
    Protection,
    Repository,
    RepositoryPlan,
    RestoreSample,
    RestoreTest,
    Snapshot,
    System,
    Turn,
)
from scanners.backup.jobs import FormerJob, History, JobList, JobRun

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
YES = Answer(True, date(2026, 1, 15))
NO = Answer(False, date(2026, 1, 15))

YES_KEYS: tuple[AnswerKey, ...] = (
    "supervision_procedure",
    "isolation_drill",
    "keys_apart",
    "second_factor",
    "backup_zone",
    "emergency_accounts",
    "directory_backup",
    "business_correspondent",
    "saas_clauses",
    "restore_sheet",
    "new_systems_added",
    "technical_test",
)


def nightly(host: str, last: datetime = NOW - timedelta(hours=4), nights: int = 40) -> tuple[Snapshot, ...]:
    """One snapshot a night, the newest at `last`."""
    return tuple(
        Snapshot(f"{host}{night}", last - timedelta(days=night), host, None, host, 1_000_000_000, 1_000)
        for night in range(nights)
    )


GOOD_CHECK = Check(sound=True, part=2, parts=5, seconds=3.0)
GOOD_SAMPLE = RestoreSample("dpi0", seed=7, sampled=50, compared=50, wrong=0, size=100_000_000, seconds=1.0)

MEMORY = Memory(
    "d496",
    NOW - timedelta(days=200),
    NOW,
    turn=Turn(5, (1, 2), NOW - timedelta(days=2), NOW - timedelta(days=10)),
)

REPOSITORY = Repository(
    "dpi-restic",
    "restic",
    opened=True,
    identity="d496",
    encryption="restic",
    size=10_000_000,
    snapshots=nightly("dpi"),
    check=GOOD_CHECK,
    restore=GOOD_SAMPLE,
    grown=5_000_000,
    memory=MEMORY,
)

SYSTEM = System(
    "DPI",
    Place("Bâtiment A", "san"),
    copies=(
        Copy(
            "disque",
            "disk",
            "Bâtiment A",
            repository="dpi-restic",
            host="dpi",
            authentication="local",
            interval_hours=24,
        ),
        Copy("bande", "tape", "Bâtiment B", True, True, True, authentication="local", last_success=date(2026, 3, 8)),
    ),
    scope="base et documents",
    confidentiality="santé",
    pdma_hours=24,
    dmard_hours=8,
    retention_days=30,
    data_gb=300,
    last_restore_test=RestoreTest(date(2025, 11, 3), success=True, duration_hours=6),
)

PLAN = Plan(
    1,
    "CH de Valmont",
    systems=(SYSTEM,),
    repositories=(RepositoryPlan("dpi-restic", "restic", "/srv/dpi"),),
    production_domain="HOPITAL",
    critical_systems=("DPI",),
    policy=Policy(date(2025, 2, 1), validated=True, items=POLICY_ITEMS),
    directory_backup=DirectoryBackup(2, offline=True, dsrm_apart=True, rebuilt_on=date(2026, 1, 15)),
    administrators=("sauve.adm",),
    answers={
        **dict.fromkeys(YES_KEYS, YES),
        "failed_jobs_without_ticket": Answer(0.0, date(2026, 3, 1)),
        "dedicated_directory_level": Answer(3.0, date(2026, 1, 15)),
    },
)

DIRECTORY = ProductionDirectory("hopital.test", "HOPITAL", NOW, administrators=())

COLUMNS = ("job", "system", "start", "end", "status", "bytes", "files", "errors", "repository", "level", "scheduled")
GIGABYTE = 1_000_000_000


def runs_of(
    job: str, system: str, last: datetime = NOW - timedelta(hours=8), nights: int = 20, **more: Any
) -> tuple[JobRun, ...]:
    """One successful run a night, the newest at `last`, oldest first."""
    usual = JobRun(
        2, job, "success", system, said="Success", bytes=10 * GIGABYTE, files=1_000, errors=0, repository="baie",
        level="Full", tool="Veeam", scheduled=True,
    )  # fmt: skip
    starts = [last - timedelta(days=night) for night in reversed(range(nights))]
    return tuple(replace(usual, start=start, end=start + timedelta(hours=1), **more) for start in starts)


def history(*runs: JobRun, former: tuple[FormerJob, ...] = (), **more: Any) -> History:
    """A history read at `NOW`."""
    tickets: dict[str, Any] = {"tickets": (), "since": NOW - timedelta(days=90), **more}
    return History(JobList("travaux.csv", COLUMNS, len(runs), NOW, brought_on=NOW.date()), runs, former, **tickets)


def latest(runs: tuple[JobRun, ...], count: int = 1, **changes: Any) -> tuple[JobRun, ...]:
    """The same runs, the last ones changed; `took` is a duration."""
    took = changes.pop("took", None)
    changed = [replace(run, **changes) for run in runs[-count:]]
    if took is not None:
        changed = [replace(run, end=run.start + took) for run in changed if run.start is not None]
    return (*runs[:-count], *changed)


HEALTHY = BackupFacts(
    PLAN,
    (REPOSITORY,),
    DIRECTORY,
    NOW,
    history=history(*runs_of("Nuit", "dpi", nights=40), former=(FormerJob("dpi / Nuit", 24),)),
)

RADIO_COPIES = (
    Copy("disque", "disk", "Bâtiment A", host="radio", encrypted=True, authentication="local", interval_hours=24),
    SYSTEM.copies[1],
)
BROKEN_HISTORY = history(
    *latest(runs_of("Nuit", "radio", level=""), 5, status="failed", said="Failed"),
    *runs_of("Muet", "s1", NOW - timedelta(days=10)),
    *latest(runs_of("Gros", "s2"), bytes=31 * GIGABYTE),
    *latest(runs_of("Vide", "s3"), bytes=GIGABYTE),
    *latest(runs_of("Lent", "s4"), 3, took=timedelta(hours=3)),
    *latest(runs_of("Coupé", "s5"), scheduled=False),
    *runs_of("Sans niveau", "s6", level=""),
    *runs_of("Jamais complet", "s8", nights=36, level="Incremental"),
    JobRun(2, "Jamais lancé", "unknown", "s9"),
    former=(FormerJob("s7 / Ancien", 24, "Ancien", "s7"),),
)

BROKEN = BackupFacts(
    replace(
        PLAN,
        systems=(
            System(
                "DPI",
                Place("Bâtiment A", "disk"),
                copies=(
                    Copy(
                        "seule", "disk", "bâtiment a", repository="abime", authentication="hopital", interval_hours=72
                    ),
                ),
                pdma_hours=24,
                last_restore_test="never",
            ),
            replace(
                SYSTEM,
                name="Laboratoire",
                copies=(
                    Copy(
                        "ancienne",
                        "nas",
                        "Bâtiment B",
                        immutable=True,
                        repository="muet",
                        authentication="local",
                        lock="snapshot",
                    ),
                ),
                data_gb=50_000,
                last_restore_test=RestoreTest(date(2024, 5, 1), success=True, duration_hours=30),
            ),
            replace(
                SYSTEM,
                name="Paie",
                copies=(Copy("trouée", "nas", "Bâtiment B", repository="clair", host="dpi", authentication="local"),),
                last_restore_test=RestoreTest(date(2026, 2, 1), success=False, duration_hours=2),
            ),
            replace(SYSTEM, name="Radiologie", copies=RADIO_COPIES),
            replace(SYSTEM, name="Archives", copies=(replace(RADIO_COPIES[0], host="arch"), SYSTEM.copies[1])),
        ),
        critical_systems=("DPI", "PACS"),
        policy=Policy(date(2021, 2, 1), validated=True, items=("frequency",)),
        directory_backup=DirectoryBackup(1, offline=False),
        milestones=(Milestone(date(2025, 12, 31), "Bande hors site"),),
        answers={
            **dict.fromkeys(YES_KEYS, NO),
            "failed_jobs_without_ticket": Answer(4.0),
            "dedicated_directory_level": Answer(2.0),
        },
    ),
    (
        replace(
            REPOSITORY,
            name="abime",
            check=Check(sound=False, part=1, parts=1, seconds=2.0, detail="pack 3f: wrong hash"),
            restore=replace(GOOD_SAMPLE, compared=49, wrong=1),
            snapshots=(replace(nightly("dpi")[0], size=10), *nightly("dpi")[1:]),
        ),
        replace(
            REPOSITORY,
            name="muet",
            snapshots=nightly("dpi", NOW - timedelta(days=20)),
            locked_since=datetime(2026, 3, 1, tzinfo=UTC),
            memory=replace(MEMORY, since=NOW - timedelta(days=120), turn=Turn(40, (1, 2), NOW)),
        ),
        replace(
            REPOSITORY,
            name="clair",
            tool="borg",
            encryption="none",
            snapshots=(
                *(one for one in nightly("dpi", nights=10) if one.time.day not in (3, 4, 5)),
                Snapshot("étranger", NOW - timedelta(days=2), "inconnu"),
            ),
            grown=900_000_000,
            protection=Protection("compliance", 7),
            memory=replace(
                MEMORY,
                gone=(Gone(nightly("dpi")[25], NOW - timedelta(days=1), NOW),),
                former_identity="b00c",
                changed_at=NOW - timedelta(days=3),
            ),
        ),
        replace(
            REPOSITORY,
            name="vide",
            snapshots=(),
            restore=None,
            memory=replace(MEMORY, gone=(Gone(nightly("dpi")[2], NOW - timedelta(days=1), NOW),)),
        ),
        replace(REPOSITORY, name="futur", snapshots=(Snapshot("f", NOW + timedelta(days=300), "dpi"),)),
    ),
    replace(DIRECTORY, administrators=("sauve.adm",)),
    NOW,
    history=BROKEN_HISTORY,
)

SITE = "CH de Valmont"
BROKEN_SUBJECTS: dict[str, set[str]] = {
    "administrators_in_production_directory": {"HOPITAL\\sauve.adm"},
    "backup_gaps": {"Paie"},
    "backup_zone": {SITE},
    "business_correspondent": {SITE},
    "critical_system_without_plan": {"PACS"},
    "dedicated_directory_level": {SITE},
    "directory_backup": {SITE},
    "emergency_accounts": {SITE},
    "failures_without_ticket": {SITE},
    "future_snapshot": {"futur"},
    "immutability_unproved": {"Laboratoire / ancienne"},
    "immutable_copy": {"DPI", "Laboratoire", "Paie"},
    "interval_over_pdma": {"DPI"},
    "isolation_drill": {SITE},
    "job_disabled": {"s5 / Coupé"},
    "job_failing": {"radio / Nuit"},
    "job_never_full": {"s8 / Jamais complet"},
    "job_never_started": {"s9 / Jamais lancé"},
    "job_pdma_exceeded": {"Radiologie"},
    "job_silent": {"s1 / Muet"},
    "job_size_drop": {"s3 / Vide"},
    "job_size_jump": {"s2 / Gros"},
    "job_slower": {"s4 / Lent"},
    "job_vanished": {"s7 / Ancien"},
    "job_without_system": {SITE},
    "journal_incomplete": {SITE},
    "keys_apart": {SITE},
    "lock_too_short": {"Paie / trouée"},
    "milestone_late": {"Bande hors site"},
    "milestones_missing": {SITE},
    "new_systems_added": {SITE},
    "no_restore_point": {"DPI"},
    "pdma_exceeded": {"Laboratoire"},
    "plan_fields_missing": {"DPI"},
    "policy_content": {SITE},
    "policy_date": {SITE},
    "production_authentication": {"DPI / seule"},
    "repository_damaged": {"abime"},
    "repository_empty": {"vide"},
    "repository_lock_stale": {"muet"},
    "repository_silent": {"muet"},
    "repository_unencrypted": {"clair"},
    "restore_estimate_over_dmard": {"Laboratoire"},
    "restore_sample_failed": {"abime"},
    "restore_sheet": {SITE},
    "restore_test_over_dmard": {"Laboratoire"},
    "restore_test_overdue": {"DPI", "Laboratoire", "Paie"},
    "saas_clauses": {SITE},
    "same_site_copies": {"DPI"},
    "second_factor": {SITE},
    "supervision_procedure": {SITE},
    "system_without_job": {"Archives"},
    "technical_test": {SITE},
    "three_two_one": {"DPI", "Laboratoire", "Paie"},
    "integrity_turn_overdue": {"muet"},
    "repository_grew": {"clair"},
    "repository_swapped": {"clair"},
    "retention_short": {"Paie"},
    "source_size_changed": {"abime"},
    "unexpected_host": {"clair"},
    "snapshots_vanished": {"clair", "vide"},
    "weekly_away": {"Laboratoire"},
}
