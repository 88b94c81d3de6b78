"""Which reader opens which repository: for the audit of a plan and for restore drills alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from scanners.backup.collect_borg import BorgReader
from scanners.backup.collect_dumps import DumpReader
from scanners.backup.collect_files import DropReader
from scanners.backup.collect_lock import bucket_protection, rest_protection
from scanners.backup.collect_place import access_to
from scanners.backup.collect_repository import RepositoryReader, UnreadableError
from scanners.backup.collect_restic import ResticReader
from scanners.backup.collect_rotation import RotationReader
from scanners.backup.facts import Protection, RepositoryPlan, RestPlace, S3Place


def reader_of(
    planned: RepositoryPlan, password: str, scratch: Path, deadline: float, access: str = ""
) -> RepositoryReader:
    """The reader of a repository; UnreadableError when it is not there or a secret was not given."""
    if planned.tool in ("rotation", "postgresql", "drop"):
        return _folder_reader(planned, scratch, deadline)
    if planned.remote is None:
        _present(Path(planned.location))
    if planned.tool == "restic" and not password:
        raise UnreadableError(
            "aucun mot de passe n’a été donné, ajoutez son secret.", "no password was given, add its secret."
        )
    place = access_to(planned, access, scratch)
    if planned.tool == "borg":
        return BorgReader(place, password, scratch, deadline)
    return ResticReader(place, password, scratch, deadline, _lock_of(planned, access))


def _folder_reader(planned: RepositoryPlan, scratch: Path, deadline: float) -> RepositoryReader:
    folder = Path(planned.location)
    if not folder.is_dir():
        raise UnreadableError(
            f"aucun dossier à l’emplacement {folder}, vérifiez le chemin et le montage.",
            f"no folder at {folder}, check the path and the mount.",
        )
    if planned.tool == "rotation":
        return RotationReader(folder, deadline)
    reader = DumpReader if planned.tool == "postgresql" else DropReader
    return reader(folder, planned.pattern, scratch, deadline)


def _lock_of(planned: RepositoryPlan, access: str) -> Callable[[], Protection | None] | None:
    """What asks the server of a repository how it protects it."""
    match planned.remote:
        case RestPlace() as rest:
            return partial(rest_protection, rest, access)
        case S3Place() as bucket:
            return partial(bucket_protection, bucket, access)
    return None


def _present(location: Path) -> None:
    """UnreadableError when no repository is in this folder."""
    try:
        present = (location / "config").is_file()
    except PermissionError as error:
        raise UnreadableError(
            "ses fichiers ne sont pas lisibles par ce compte, donnez-lui un droit de lecture.",
            "its files cannot be read by this account, grant it read access.",
        ) from error
    if not present:
        raise UnreadableError(
            f"aucun dépôt à l’emplacement {location}, vérifiez le chemin et le montage.",
            f"no repository at {location}, check the path and the mount.",
        )
