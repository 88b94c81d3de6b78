"""What the complaints of backup tools, of SSH and of servers mean for people."""

from __future__ import annotations

import re

from scanners.backup.collect_repository import UnreadableError
from scanners.model import Text

_ABSENT = Text(
    "aucun dépôt n’a été trouvé à cet endroit, vérifiez le chemin.",
    "no repository was found at that place, check the path.",
)
_MEANINGS: tuple[tuple[tuple[str, ...], Text], ...] = (
    (
        ("wrong password", "no key found", "passphrase supplied"),
        Text("mot de passe refusé, corrigez le secret.", "password refused, correct the secret."),
    ),
    (
        ("Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED"),
        Text(
            "la clé d’hôte du serveur est inconnue ou a changé, vérifiez-la auprès de son administrateur.",
            "the host key of the server is unknown or has changed, verify it with its administrator.",
        ),
    ),
    (
        ("Permission denied (", "Load key ", "invalid format"),
        Text(
            "le serveur refuse la clé SSH, vérifiez le secret d’accès et le compte.",
            "the server refuses the SSH key, check the access secret and the account.",
        ),
    ),
    (
        (
            *("Connection refused", "Connection timed out", "No route to host", "connection reset", "i/o timeout"),
            *("unable to start the sftp session", "connection lost", "Connection closed by remote host", "dial tcp"),
            *("file already closed", "broken pipe", "Broken pipe"),
        ),
        Text(
            "la liaison avec le serveur s’est coupée, vérifiez le réseau et relancez l’audit.",
            "the link with the server was cut, check the network and run the audit again.",
        ),
    ),
    (
        ("Access Denied", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "401 Unauthorized"),
        Text(
            "le service refuse l’accès, vérifiez le compte et le secret d’accès.",
            "the service refuses access, check the account and the access secret.",
        ),
    ),
    (
        ("no space left", "No space left"),
        Text(
            "plus de place dans le dossier temporaire, libérez-en puis relancez l’audit.",
            "no room left in the temporary folder, free some then run the audit again.",
        ),
    ),
    (
        ("Failed to create/acquire the lock", "repository is already locked"),
        Text(
            "le dépôt est verrouillé par une sauvegarde ou un travail interrompu, relancez l’audit plus tard.",
            "the repository is locked by a backup or an interrupted job, run the audit again later.",
        ),
    ),
    (
        ("Is there a repository at the following location", "unable to open config file", "is not a valid repository"),
        _ABSENT,
    ),
    (
        ("permission denied", "Permission denied"),
        Text(
            "ses fichiers ne sont pas lisibles par ce compte, donnez-lui un droit de lecture.",
            "its files cannot be read by this account, grant it read access.",
        ),
    ),
)


_BORG_ABSENT = re.compile(r"Repository \S+ does not exist")


def meaning(words: str) -> UnreadableError | None:
    """What a tool's complaint means when it is about access, not about the data; None otherwise."""
    for known, reason in _MEANINGS:
        if any(word in words for word in known) or (reason is _ABSENT and _BORG_ABSENT.search(words)):
            return UnreadableError(reason.fr, reason.en)
    return None
