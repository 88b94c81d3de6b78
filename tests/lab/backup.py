"""The hospital's backups: restic and borg repositories, right and wrong, and the plan that describes them.

Repositories (folder `repositories/`): `dpi-restic` and `annuaire-borg` are healthy; `labo-restic` received nothing for
three weeks; `pacs-restic` has a flipped byte in a data pack, which a plain `restic check` does not see; `paie-borg` is
not encrypted; `vide-restic` was never fed. Fresh snapshots are made at start, so that “healthy” is fresh.

There is no process here: `stop` has nothing to end.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests.lab import backup_jobs
from tests.lab.stage import Description, cached, copy_tree, require_programs, run, sources

PASSWORD = "Sauvegarde-de-laboratoire-1"
RESTIC = ("dpi-restic", "labo-restic", "pacs-restic", "vide-restic")
BORG = {"annuaire-borg": "repokey-blake2", "paie-borg": "none"}
NIGHTS = 2
STALE_DAYS = 21
_FILES, _FILE_BYTES = 49, 250_000
"""With the manifest, what one trial restore takes: it always meets the damaged file."""
_DATA = Path("data") / "hopital"


def build(cache: Path) -> None:
    """Make the repositories with their first snapshots, without those that must be fresh."""
    _built(cache)


def start(lab: Path, cache: Path, octet: int) -> Description:
    """Copy the repositories, add the snapshots of the last nights, damage what must be, write the plan."""
    folder = lab / "backup"
    copy_tree(_built(cache), folder)
    now = datetime.now(UTC)
    nights = [now - timedelta(days=night, hours=2) for night in reversed(range(NIGHTS))]
    work = [
        partial(_restic_backups, folder, "dpi-restic", "srv-dpi", nights),
        partial(_restic_backups, folder, "pacs-restic", "srv-pacs", nights),
        partial(_restic_backups, folder, "labo-restic", "srv-labo", [now - timedelta(days=STALE_DAYS)]),
        *(partial(_borg_creates, folder, repository, nights) for repository in BORG),
    ]
    with ThreadPoolExecutor(max_workers=3) as pool:
        for done in [pool.submit(job) for job in work]:
            done.result()
    _flip_a_byte(folder / "repositories" / "pacs-restic")
    secret = folder / "password"
    secret.write_text(PASSWORD + "\n")
    secret.chmod(0o600)
    plan = _plan(folder, now)
    (folder / "plan.yaml").write_text(json.dumps(plan, ensure_ascii=False, indent=1) + "\n")
    return {
        "plan": str(folder / "plan.yaml"),
        "repositories": str(folder / "repositories"),
        "password": PASSWORD,
        "lists": backup_jobs.write(folder),
        "expected": {**EXPECTED, **backup_jobs.FAULTS},
        "untold": UNTOLD,
    }


def stop(lab: Path) -> None:
    """Nothing runs."""


EXPECTED: dict[str, list[str]] = {
    "repository_damaged": ["pacs-restic"],
    "restore_sample_failed": ["pacs-restic"],
    "repository_silent": ["labo-restic"],
    "repository_empty": ["vide-restic"],
    "repository_unencrypted": ["paie-borg"],
    "pdma_exceeded": ["Laboratoire"],
    "directory_backup": ["Centre hospitalier de Valmont"],
    "immutability_unproved": ["Laboratoire / disque"],
    "milestone_late": ["Laboratoire / Copie hors site"],
    "no_restore_point": ["Messagerie", "PACS"],
    "same_site_copies": ["Paie"],
    "restore_test_overdue": ["Messagerie", "PACS", "Paie"],
    "restore_test_over_dmard": ["Laboratoire"],
    "critical_system_without_plan": ["Pharmacie"],
    "production_authentication": ["Paie / borg"],
    "plan_fields_missing": ["Messagerie"],
    "future_snapshot": [],
}
"""Rules of the scanner and the subjects they must name."""

UNTOLD = {"backup_gaps": "Radiologie", "restore_estimate_over_dmard": "Radiologie"}
"""Rules that cannot tell of every system, and one that their reason names: its copies are in no repository."""


# ---------------------------------------------------------------- repositories


def _built(cache: Path) -> Path:
    require_programs({"restic": "restic", "borg": "borgbackup"})
    return cached(cache, "backup", [*sources(Path(__file__))], _make)


def _make(folder: Path) -> None:
    data = folder / _DATA
    data.mkdir(parents=True)
    draw = random.Random(2026)
    for number in range(_FILES):
        (data / f"dossier-{number:03}.bin").write_bytes(draw.randbytes(_FILE_BYTES))
    (data / "compte rendu [validé] n° 1.txt").write_text("Crochets, espaces et accents.\n")
    for name in RESTIC:
        run(["restic", "init", "--quiet"], env=_restic_env(folder, name))
    for name, mode in BORG.items():
        run(["borg", "init", "--encryption", mode], env=_borg_env(folder, name))


def _restic_backups(folder: Path, repository: str, host: str, moments: Iterable[datetime]) -> None:
    for moment in moments:
        when = moment.strftime("%Y-%m-%d %H:%M:%S")
        command = ["restic", "backup", "--quiet", "--no-cache", "--host", host, "--time", when, folder / _DATA]
        run(command, env=_restic_env(folder, repository))


def _borg_creates(folder: Path, repository: str, moments: Iterable[datetime]) -> None:
    for moment in moments:
        name = f"::{repository}-{moment:%Y-%m-%d}"
        when = moment.strftime("%Y-%m-%dT%H:%M:%S")
        run(["borg", "create", "--timestamp", when, name, folder / _DATA], env=_borg_env(folder, repository))


def _flip_a_byte(repository: Path) -> None:
    """Flip one byte in the middle of the first quarter of the largest pack: file content, not the pack's header."""
    pack = max(repository.glob("data/*/*"), key=lambda file: (file.stat().st_size, file.name))
    pack.chmod(0o600)
    with pack.open("r+b") as file:
        file.seek(pack.stat().st_size // 4)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0xFF]))


def _restic_env(folder: Path, repository: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TZ": "UTC",
        "RESTIC_REPOSITORY": str(folder / "repositories" / repository),
        "RESTIC_PASSWORD": PASSWORD,
    }


def _borg_env(folder: Path, repository: str) -> dict[str, str]:
    (folder / "repositories").mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TZ": "UTC",
        "BORG_BASE_DIR": str(folder / "borg"),
        "BORG_REPO": str(folder / "repositories" / repository),
        "BORG_PASSPHRASE": PASSWORD,
        "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    }


def tree_hash(folder: Path) -> str:
    """One hash of every name, size, time and byte under a folder: two equal hashes, nothing was touched."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        status = file.lstat()
        digest.update(f"{file.relative_to(folder)} {status.st_mode} {status.st_size} {status.st_mtime_ns}\n".encode())
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


# ---------------------------------------------------------------- plan


def _plan(folder: Path, now: datetime) -> Description:
    def ago(days: int) -> str:
        return (now - timedelta(days=days)).date().isoformat()

    def system(name: str, pdma: float, dmard: float, copies: list[Description], **more: object) -> Description:
        return {
            "name": name,
            "scope": "base et documents",
            "confidentiality": "données de santé",
            "pdma_hours": pdma,
            "dmard_hours": dmard,
            "retention_days": 30,
            "production": {"site": "Bâtiment A", "medium": "san"},
            "copies": copies,
            **more,
        }

    def copy(name: str, medium: str, site: str, **more: object) -> Description:
        return {"name": name, "medium": medium, "site": site, "authentication": "local", **more}

    tape = copy(
        "bande",
        "tape",
        "Bâtiment C",
        offline=True,
        immutable=True,
        encrypted=True,
        interval_hours=168,
        last_success=ago(3),
    )
    yes, no = {"value": True, "date": ago(60)}, {"value": False, "date": ago(60)}
    return {
        "version": 1,
        "establishment": "Centre hospitalier de Valmont",
        "production_domain": "HOPITAL",
        "policy": {
            "date": ago(200),
            "validated": True,
            "items": ["vital_data", "backup_types", "frequency", "disposal"],
        },
        "directory_backup": {"controllers": 2, "offline": True, "dsrm_apart": False, "rebuilt_on": ago(30)},
        "critical_systems": ["DPI", "Laboratoire", "PACS", "Annuaire", "Pharmacie"],
        "administrators": ["svc_sauvegarde", "SAUVEGARDE\\adm.durand"],
        "milestones": [
            {"date": ago(-120), "title": "Copie immuable du laboratoire et de la paie"},
            {"date": ago(40), "title": "Copie hors site", "system": "Laboratoire"},
            {"date": ago(300), "title": "Bande de l’annuaire", "system": "Annuaire", "done": ago(310)},
        ],
        "repositories": [
            {
                "name": name,
                "tool": "restic" if name in RESTIC else "borg",
                "location": str(folder / "repositories" / name),
                "password_file": "password",
            }
            for name in (*RESTIC, *BORG)
        ],
        "systems": [
            system(
                "DPI",
                24,
                12,
                [
                    copy("disque", "disk", "Bâtiment B", repository="dpi-restic", host="srv-dpi", interval_hours=24),
                    tape,
                ],
                data_gb=20,
                last_restore_test={"date": ago(90), "success": True, "duration_hours": 7},
            ),
            system(
                "Laboratoire",
                24,
                8,
                [
                    copy(
                        "disque",
                        "nas",
                        "Bâtiment B",
                        repository="labo-restic",
                        host="srv-labo",
                        interval_hours=24,
                        immutable=True,
                        lock="snapshot",
                    )
                ],
                last_restore_test={"date": ago(200), "success": True, "duration_hours": 11},
            ),
            system(
                "PACS",
                48,
                24,
                [
                    copy("disque", "disk", "Bâtiment B", repository="pacs-restic", host="srv-pacs", interval_hours=24),
                    tape,
                ],
                last_restore_test={"date": ago(500), "success": True},
            ),
            system(
                "Annuaire",
                24,
                4,
                [copy("borg", "nas", "Bâtiment B", repository="annuaire-borg", interval_hours=24), tape],
                last_restore_test={"date": ago(30), "success": True, "duration_hours": 2},
            ),
            system(
                "Paie",
                24,
                48,
                [
                    {
                        **copy("borg", "disk", "Bâtiment A", repository="paie-borg", interval_hours=24, encrypted=True),
                        "authentication": "HOPITAL",
                    }
                ],
                last_restore_test="never",
            ),
            system(
                "Messagerie",
                24,
                24,
                [copy("disque", "nas", "Bâtiment B", repository="vide-restic", interval_hours=24)],
                retention_days=None,
                last_restore_test={"date": ago(20), "success": False},
            ),
            system(
                "Radiologie",
                24,
                24,
                [copy("console", "disk", "Bâtiment B", host="srv-radio", interval_hours=24), tape],
                last_restore_test={"date": ago(40), "success": True, "duration_hours": 5},
            ),
            system(
                "Archives",
                168,
                72,
                [copy("console", "disk", "Bâtiment B", host="srv-archives", interval_hours=168), tape],
                last_restore_test={"date": ago(40), "success": True, "duration_hours": 5},
            ),
        ],
        "answers": {
            "supervision_procedure": yes,
            "failed_jobs_without_ticket": {"value": 3, "date": ago(5)},
            "isolation_drill": {"value": True, "date": ago(420)},
            "keys_apart": no,
            "second_factor": yes,
            "business_correspondent": yes,
            "saas_clauses": no,
        },
    }
