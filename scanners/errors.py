"""Errors that reach a person: one sentence in both languages saying what happened, where, and what to do."""

from __future__ import annotations

import errno

from scanners.model import Text

_SYSTEM = {
    errno.ENOENT: Text("introuvable", "not found"),
    errno.EACCES: Text("accès refusé", "permission denied"),
    errno.EPERM: Text("opération interdite", "operation not permitted"),
    errno.EISDIR: Text("c’est un dossier", "it is a folder"),
    errno.ENOTDIR: Text("ce n’est pas un dossier", "it is not a folder"),
    errno.ENOSPC: Text("disque plein", "disk full"),
    errno.EDQUOT: Text("quota atteint", "quota reached"),
    errno.EFBIG: Text("fichier trop grand", "file too large"),
    errno.EROFS: Text("système de fichiers en lecture seule", "read-only file system"),
    errno.ECONNREFUSED: Text("connexion refusée", "connection refused"),
    errno.ECONNRESET: Text("connexion coupée par le serveur", "connection closed by the server"),
    errno.EHOSTUNREACH: Text("machine injoignable", "host unreachable"),
    errno.ENETUNREACH: Text("réseau injoignable", "network unreachable"),
    errno.ETIMEDOUT: Text("pas de réponse", "no answer"),
    errno.EADDRINUSE: Text("adresse déjà utilisée", "address already in use"),
    -2: Text("nom inconnu du DNS", "name unknown to the DNS"),  # EAI_NONAME and its neighbours, of getaddrinfo
    -3: Text("le serveur DNS ne répond pas", "the DNS server does not answer"),
    -5: Text("nom sans adresse", "name without an address"),
    errno.EADDRNOTAVAIL: Text("adresse absente de cette machine", "address not on this machine"),
}


def system_reason(error: OSError) -> Text:
    """Why the system refused, in a few words of both languages; its own words when we have none."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return _SYSTEM[errno.ETIMEDOUT]
    own = error.strerror or str(error) or type(error).__name__
    return _SYSTEM.get(error.errno or 0, Text(own, own))


class SaidError(Exception):
    """An expected failure with its sentence for people. `str()` is the English one."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(fr, en)


class CollectError(SaidError):
    """A collection could not be made: wrong password, unreachable host, missing tool, target outside the mandate…"""


class FieldError(CollectError, ValueError):
    """One field of a request is wrong; raised by a validator, it reaches people as it is said here."""


class ArchiveError(SaidError):
    """A facts file cannot be read or written."""
