"""The drill that an installation gives its own backups: the newest one restored in a side place and read whole."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from care.domain.access import machine_scope
from care.services.errors import Refused
from care.services.instance.backing import backups_in
from care.services.instance.envelope import Identity, Passphrase
from care.services.instance.examining import Examined, verify
from care.services.instance.manifest import BackupError, day
from care.services.instance.standing import DRILLED
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.work import Hold, work_folder
from scanners.errors import SaidError, system_reason
from scanners.model import Scalar, Text

_NOT_SET = Text(
    "Aucun essai : CARE_BACKUP_DIR et CARE_BACKUP_KEY_FILE ne sont pas réglés.",
    "No drill: CARE_BACKUP_DIR and CARE_BACKUP_KEY_FILE are not set.",
)
_MOST_SAID = 500
_IDENTITY = "AGE-SECRET-KEY-"


def drill(platform: Platform, hold: Hold) -> None:
    """The job of every week. It fails, with the sentence that the trail keeps, when the backup does not hold."""
    settings = platform.settings
    if settings.backup_dir is None or settings.backup_key_file is None:
        with platform.database.write() as session:
            hold.finish(session, _NOT_SET)
        return
    name = "–"
    try:
        newest = _newest(settings.backup_dir)
        name = newest.name
        with work_folder(platform) as folder:
            examined = verify(platform, newest, key_in(settings.backup_key_file), folder)
    except SaidError as refused:
        _fail(platform, name, refused.text, {})
    if examined.faults or examined.manifest.missing:
        _fail(platform, name, _faulty(examined), _figures(examined))
    said = _sound(name, examined)
    with platform.database.write() as session:
        hold.finish(session, said)
        detail = {"sound": True, "fr": said.fr, "en": said.en, **_figures(examined)}
        record(session, machine_scope("CaRE"), DRILLED, Thing("instance", name), platform.clock.now(), detail)


def key_in(path: Path) -> Passphrase | Identity:
    """What opens backups, from its file: a passphrase, or a key that `age-keygen` wrote after its comments."""
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    except (OSError, UnicodeError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else Text("illisible", "unreadable")
        raise BackupError(
            f"La clé des sauvegardes {path} ne se lit pas ({reason.fr}) : corrigez CARE_BACKUP_KEY_FILE ou ses droits.",
            f"The key of backups {path} cannot be read ({reason.en}): mend CARE_BACKUP_KEY_FILE or its rights.",
        ) from error
    line = lines[0] if lines else ""
    return Identity(line) if line.startswith(_IDENTITY) else Passphrase(line)


def _newest(folder: Path) -> Path:
    try:
        found = backups_in(folder)
    except OSError as error:
        reason = system_reason(error)
        raise BackupError(
            f"Le dossier des sauvegardes {folder} ne se lit pas ({reason.fr}) : vérifiez CARE_BACKUP_DIR, le montage.",
            f"The folder of backups {folder} cannot be read ({reason.en}): check CARE_BACKUP_DIR and its mount.",
        ) from error
    if not found:
        raise BackupError(
            f"Aucune sauvegarde dans {folder} : programmez « care instance backup ».",
            f"No backup in {folder}: schedule “care instance backup”.",
        )
    return found[-1]


def _fail(platform: Platform, name: str, said: Text, figures: dict[str, Scalar]) -> NoReturn:
    """Keep in the trail that the drill failed, then fail the job with the same sentence."""
    detail: dict[str, Scalar] = {"sound": False, "fr": said.fr[:_MOST_SAID], "en": said.en[:_MOST_SAID], **figures}
    with platform.database.write() as session:
        record(session, machine_scope("CaRE"), DRILLED, Thing("instance", name), platform.clock.now(), detail)
    raise Refused(said)


def _figures(examined: Examined) -> dict[str, Scalar]:
    manifest = examined.manifest
    return {"made_at": day(manifest.made_at), "files": len(manifest.members), "rows": examined.rows}


def _sound(name: str, examined: Examined) -> Text:
    files = len(examined.manifest.members)
    return Text(
        f"{name} se restaure : {files} fichiers, {examined.rows} lignes, chaînes et signatures intactes.",
        f"{name} can be restored: {files} files, {examined.rows} rows, chains and signatures sound.",
    )


def _faulty(examined: Examined) -> Text:
    missing = len(examined.manifest.missing)
    lost = Text(f"{missing} fichiers de preuve manquent.", f"{missing} files of evidence are missing.")
    all_of_them = (*examined.faults, *((lost,) if missing else ()))
    return Text(" ".join(one.fr for one in all_of_them), " ".join(one.en for one in all_of_them))
