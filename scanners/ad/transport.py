"""How the audited controller protects logins and connections: what it answered to a few harmless attempts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter

from scanners.model import Finding, NotAssessable, Text, Verdict

_NOT_TRIED = Text(
    "Les protections du contrôleur n’ont pas été éprouvées ; cochez « Éprouver les protections du contrôleur » dans la "
    "cible (--probe), puis relancez l’audit.",
    "The protections of the controller were not tried; tick “Try the protections of the controller” in the target "
    "(--probe), then run the audit again.",
)
SSL: Final = ("SSL 2.0", "SSL 3.0")
OLD_TLS: Final = ("TLS 1.0", "TLS 1.1")

REMEDIATION: Final = Text(
    "Coupez ces versions côté serveur sur chaque contrôleur : "
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\<version>\\Server, "
    "Enabled = 0, puis redémarrez-le. Les équipements anciens (copieurs, automates) qui ne parlent pas TLS "
    "1.2 ne pourront plus se connecter : cherchez-les avant (événement 36880 de Schannel, écrit seulement "
    "avec HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\EventLogging = 7, puis un "
    "redémarrage) ; le Bureau à distance et l’IIS du contrôleur sont touchés aussi. Retour : effacez la clé "
    "et redémarrez.",
    "Turn these versions off on the server side of each controller: "
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\<version>\\Server, "
    "Enabled = 0, then restart it. Old devices (copiers, analysers) that do not speak TLS 1.2 will no longer "
    "connect: look for them before (Schannel event 36880, written only with "
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\EventLogging = 7, then a "
    "restart); Remote Desktop and IIS on the controller are affected too. To go back: delete the key and "
    "restart.",
)
"""What to do of old versions, whichever they are: the same keys of the registry turn them off."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the controller did: it accepted, or not; None with the reason when that is not known."""

    accepted: bool | None = None
    why: Text = _NOT_TRIED


@dataclass(frozen=True, slots=True)
class Transport:
    """The attempts: a login without signature in LDAP, one over LDAPS without the token of the channel, one with a
    wrong token, and each old version of SSL and TLS."""

    unsigned: Attempt = Attempt()
    without_token: Attempt = Attempt()
    wrong_token: Attempt = Attempt()
    versions: dict[str, Attempt] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The attempts as one JSON object."""
        return asdict(self)

    @staticmethod
    def from_json(raw: object) -> Transport:
        """The attempts read back; ValueError when one is absent or of another type."""
        return TypeAdapter(Transport).validate_python(raw)


def accepted(attempt: Attempt) -> bool:
    """Whether the controller accepted; NotAssessable when that is not known."""
    if attempt.accepted is None:
        raise NotAssessable(attempt.why.fr, attempt.why.en)
    return attempt.accepted


def versions_verdict(transport: Transport | None, controller: str, names: tuple[str, ...]) -> Verdict:
    """A finding when the controller speaks one of these versions. NotAssessable when it is not known of all, and none
    was found."""
    versions = transport.versions if transport else {}
    attempts = {name: versions.get(name, Attempt()) for name in names}
    spoken = [name for name, attempt in attempts.items() if attempt.accepted]
    if not spoken:
        for attempt in attempts.values():
            accepted(attempt)
    finding = Finding(controller, {"versions": ", ".join(spoken)})
    return Verdict(1, (finding,) if spoken else ())
