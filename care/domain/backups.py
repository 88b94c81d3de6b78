"""Backups as the establishment keeps their inventory: the words of systems and copies. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from scanners.model import Text


class Medium(StrEnum):
    """On what data lie."""

    DISK = "disk"
    SAN = "san"
    NAS = "nas"
    TAPE = "tape"
    OBJECT_STORAGE = "object_storage"
    REMOVABLE = "removable"
    OPTICAL = "optical"


MEDIA: Mapping[Medium, Text] = {
    Medium.DISK: Text("Disque", "Disk"),
    Medium.SAN: Text("Baie SAN", "SAN array"),
    Medium.NAS: Text("NAS", "NAS"),
    Medium.TAPE: Text("Bande", "Tape"),
    Medium.OBJECT_STORAGE: Text("Stockage objet", "Object storage"),
    Medium.REMOVABLE: Text("Disque amovible", "Removable disk"),
    Medium.OPTICAL: Text("Disque optique", "Optical disc"),
}


class Lock(StrEnum):
    """By what a copy is kept from being changed."""

    COMPLIANCE = "compliance"
    GOVERNANCE = "governance"
    WORM = "worm"
    APPEND_ONLY = "append_only"
    SNAPSHOT = "snapshot"
    NONE = "none"


LOCKS: Mapping[Lock, Text] = {
    Lock.COMPLIANCE: Text("Verrou d’objet COMPLIANCE", "Object lock, COMPLIANCE"),
    Lock.GOVERNANCE: Text("Verrou d’objet GOVERNANCE", "Object lock, GOVERNANCE"),
    Lock.WORM: Text("Support inscriptible une fois (WORM)", "Write-once media (WORM)"),
    Lock.APPEND_ONLY: Text("Dépôt en ajout seul", "Append-only repository"),
    Lock.SNAPSHOT: Text("Cliché en lecture seule", "Read-only snapshot"),
    Lock.NONE: Text("Rien", "Nothing"),
}
"""Only COMPLIANCE and WORM hold against an administrator; media kept offline do by themselves."""


class RestoreOutcome(StrEnum):
    """What the last full restore test gave."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEVER = "never"


RESTORES: Mapping[RestoreOutcome, Text] = {
    RestoreOutcome.SUCCESS: Text("Réussi", "Success"),
    RestoreOutcome.FAILURE: Text("Échec", "Failure"),
    RestoreOutcome.NEVER: Text("Jamais fait", "Never made"),
}


class RepositoryTool(StrEnum):
    """What keeps the copies of a repository."""

    RESTIC = "restic"
    BORG = "borg"
    ROTATION = "rotation"
    POSTGRESQL = "postgresql"
    DROP = "drop"


TOOLS: Mapping[RepositoryTool, Text] = {
    RepositoryTool.RESTIC: Text("restic", "restic"),
    RepositoryTool.BORG: Text("borg", "borg"),
    RepositoryTool.ROTATION: Text(
        "Dossiers qui tournent (rsnapshot : daily.0, daily.1…)", "Rotating folders (rsnapshot: daily.0, daily.1…)"
    ),
    RepositoryTool.POSTGRESQL: Text("Exports PostgreSQL (pg_dump)", "PostgreSQL dumps (pg_dump)"),
    RepositoryTool.DROP: Text("Fichiers déposés", "Files that land in a folder"),
}


class Reach(StrEnum):
    """How a repository is reached."""

    LOCAL = "local"
    SSH = "ssh"
    REST = "rest"
    S3 = "s3"


REACHES: Mapping[Reach, Text] = {
    Reach.LOCAL: Text("Dossier de cette machine, ou monté sur elle", "A folder of this machine, or mounted on it"),
    Reach.SSH: Text("Autre machine, par SSH", "Another machine, over SSH"),
    Reach.REST: Text("Serveur REST de restic", "A restic REST server"),
    Reach.S3: Text("Compartiment S3", "An S3 bucket"),
}
