"""The results that backup tools write, in their own words, as one of ours. Pure.

Exact words only: a word nobody listed is `unknown`, a doubt and never a success. What each tool writes: Bacula and
Bareos one letter of their catalogue; Veeam Success, Warning, Failed, None; Commvault Completed, Completed w/ one or
more errors…; Proxmox Backup OK, WARNINGS: n, or the text of the error.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanners.backup.jobs import JobStatus
from scanners.lists.words import plain

LETTERS: Mapping[str, JobStatus] = {
    "T": "success",
    **dict.fromkeys("WeD", "warning"),
    **dict.fromkeys("EfI", "failed"),
    "A": "cancelled",
    **dict.fromkeys("CRBFSmMsjcdtpaiLluwq", "running"),
}
"""Bacula, table Status of its catalogue: T ended well, W with warnings, e non-fatal error, D differences found by a
verification; E and f errors, I incomplete; A cancelled by a person; the others wait or run. Case matters."""

_WORDS: Mapping[str, JobStatus] = {
    **dict.fromkeys(
        (
            *("success", "successful", "succeeded", "completed", "complete", "completed successfully", "ok", "done"),
            *("finished", "terminated normally", "backup ok", "reussi", "reussie", "reussite", "succes", "termine"),
            *("terminee", "termine avec succes", "terminee avec succes", "normal", "correct", "conforme"),
        ),
        "success",
    ),
    **dict.fromkeys(
        (
            *("warning", "warnings", "completed w errors", "completed with errors", "completed w warnings"),
            *("completed with warnings", "completed w one or more errors", "completed w one or more warnings"),
            *("completed with one or more errors", "completed with exceptions", "partially completed", "partial"),
            *("partial success", "partially successful", "committed", "success with warnings", "avertissement"),
            *("avertissements", "termine avec avertissements", "terminee avec avertissements", "partiel", "partielle"),
            *("reussi avec avertissements", "reussie avec avertissements", "termine avec des erreurs", "incomplet"),
            *("terminated normally with warnings", "completed with warning", "termine avec erreurs", "missed files"),
        ),
        "warning",
    ),
    **dict.fromkeys(
        (
            *("failed", "failure", "error", "errors", "fatal error", "aborted", "job errors", "failed to start"),
            *("did not run", "not run", "no run", "missed", "skipped", "timeout", "timed out", "interrupted", "echec"),
            *("echoue", "echouee", "erreur", "en erreur", "en echec", "interrompu", "interrompue", "non execute"),
            *("non executee", "manque", "ko", "system killed", "dangling cleanup", "error terminated"),
        ),
        "failed",
    ),
    **dict.fromkeys(
        ("cancelled", "canceled", "killed", "stopped", "annule", "annulee", "arrete", "arretee", "kill pending"),
        "cancelled",
    ),
    **dict.fromkeys(
        (
            *("running", "in progress", "inprogress", "pending", "waiting", "queued", "suspended", "starting"),
            *("stopping", "resuming", "postprocessing", "idle", "active", "delayed", "working", "en cours"),
            *("en attente", "planifie", "suspendu", "demarrage"),
        ),
        "running",
    ),
}
_STILL = frozenset(
    ("working", "starting", "stopping", "pausing", "resuming", "waiting tape", "idle", "running", "postprocessing")
)
"""States of Veeam in which a job has no result yet: it writes None."""
_BACKUPS = frozenset(
    (
        *(
            "b",
            "backup",
            "backupjob",
            "backup job",
            "vzdump",
            "sauvegarde",
            "backup copy",
            "backupcopyjob",
            "backupsync",
        ),
        *("vmware backup", "hyper v backup", "file backup", "nas backup", "nasbackup", "epagentbackup", "copie"),
        *("windows agent backup", "linux agent backup", "agent backup", "backupcopy", "simplebackupcopypolicy"),
        *("vmware backup copy", "hyper v backup copy", "windows agent policy", "linux agent policy", "object backup"),
        *("sql server", "oracle backup", "database", "file system", "virtual server", "full", "incremental"),
        *("differential", "complete", "incrementielle", "differentielle", "tape backup", "backup to tape"),
        *("vmtapebackup", "filetapebackup", "application backup", "transaction log"),
    )
)
_OTHERS = frozenset(
    (
        *("r", "v", "d", "g", "a", "c", "m", "restore", "restauration", "verify", "verification", "verificationjob"),
        *("admin", "archive", "migrate", "replica", "replication", "garbage collection", "garbage collect", "prune"),
        *("prunejob", "syncjob", "sync", "logrotate", "aptupdate", "reader", "termproxy", "vncproxy", "surebackup"),
        *("replicajob", "configurationbackup", "configuration backup", "infrastructure", "malwaredetection"),
        *(
            "data aging",
            "data verification",
            "auxiliary copy",
            "aux copy",
            "report",
            "imported",
            "vncshell",
            "srvreload",
        ),
        *("startall", "stopall", "qmstart", "qmstop", "qmigrate", "qmrestore", "vzrestore", "imgcopy", "download"),
    )
)
"""Bacula: R restore, V verify, D administration, C copy, g migration, A archive."""


def result_of(said: str, state: str, letters: bool, error_text: bool) -> JobStatus:
    """What a result means. `letters`: the column holds those of Bacula; `error_text`: whatever is not a known word is
    the text of an error (Proxmox)."""
    if letters:
        return LETTERS.get(said.strip(), "unknown")
    word = plain(said)
    if word in ("", "none"):
        return _without_result(state, error_text)
    if error_text and word.partition(" ")[0] == "warnings":
        return "warning"
    known = _WORDS.get(word)
    if known is not None:
        return known
    return "failed" if error_text and word != "unknown" else "unknown"


def _without_result(state: str, error_text: bool) -> JobStatus:
    """A run without a result yet: Proxmox writes nothing until it ends, Veeam writes None and says the state."""
    word = plain(state)
    return "running" if word in _STILL or (error_text and not word) else "unknown"


def is_backup(kind: str) -> bool | None:
    """Whether a kind of job saves data; None when the word is not known."""
    word = plain(kind)
    if word in _BACKUPS:
        return True
    if word in _OTHERS or any(part in word for part in ("restor", "restaur", "recover", "verif", "replica")):
        return False
    return None


def are_letters(words: frozenset[str]) -> bool:
    """Whether a column of results is that of Bacula: single letters of its table, and nothing else."""
    return bool(words) and all(word in LETTERS for word in words)
