"""What went wrong with the database, in one sentence with its cure."""

from __future__ import annotations

import psycopg

from scanners.errors import SaidError

# The first sign found in the driver's message decides. SQLite's and PostgreSQL's words are both listed.
_SIGNS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("disk is full", "no space left", "could not extend file"),
        "Le disque de la base de données est plein : libérez de la place, rien n’a été enregistré à moitié.",
        "The disk of the database is full: make room, nothing was half written.",
    ),
    (
        ("database is locked", "lock timeout", "deadlock detected"),
        "La base de données est occupée par une autre écriture : réessayez dans un instant.",
        "The database is busy with another write: try again in a moment.",
    ),
    (
        ("disk i/o error",),
        "Le disque de la base de données refuse : vérifiez place, quotas, état du disque ; rien n’est écrit à moitié.",
        "The disk of the database refuses: check its room, quotas and health; nothing was half written.",
    ),
    (
        ("malformed", "not a database", "corrupt"),
        "La base de données est endommagée : arrêtez CaRE, restaurez la dernière sauvegarde (care instance restore).",
        "The database is damaged: stop CaRE and restore the last backup (care instance restore).",
    ),
    (
        ("readonly database", "read-only file system", "attempt to write a readonly"),
        "La base de données n’est pas modifiable : vérifiez les droits du dossier de données et son montage.",
        "The database cannot be written: check the rights of the data folder and how it is mounted.",
    ),
    (
        ("unable to open", "permission denied"),
        "La base de données ne s’ouvre pas : vérifiez que le dossier existe et que CaRE peut y écrire.",
        "The database cannot be opened: check that its folder exists and that CaRE may write there.",
    ),
    (
        ("no such table", "undefinedtable", "no such column", "undefinedcolumn"),
        "La base de données n’est pas à jour : lancez « care db upgrade ».",
        "The database is not up to date: run “care db upgrade”.",
    ),
)


class StorageError(SaidError):
    """The database cannot serve for a reason of the machine: full disk, lock, damage, rights, unreachable server."""


class UnreachableError(StorageError):
    """Nobody answers at the address of the database: it restarts, or the network is cut. What was asked may be asked
    again."""


def explain(error: BaseException) -> StorageError | None:
    """The sentence for a driver's error; None for one that is a fault of the program and must not be dressed up."""
    said = f"{type(error).__name__} {error}".lower()
    for signs, fr, en in _SIGNS:
        if any(sign in said for sign in signs):
            return StorageError(fr, en)
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return None
    return UnreachableError(
        "La base de données ne répond pas : vérifiez qu’elle est démarrée et que CARE_DATABASE_URL la désigne.",
        "The database does not answer: check that it is running and that CARE_DATABASE_URL points to it.",
    )
