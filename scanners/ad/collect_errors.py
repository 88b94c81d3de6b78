"""Why a directory could not be read: one sentence each, with the cause and the cure."""

from __future__ import annotations

import re

from scanners.errors import CollectError, FieldError
from scanners.model import Text


class BrokenAnswer(Exception):  # noqa: N818 - the name of what was received
    """The server sent what is not LDAP, or closed in the middle. `str()` says what, in English, for logs."""


def unknown_host(host: str) -> CollectError:
    """The name of the server does not resolve."""
    return CollectError(
        f"Le nom {host} n’est connu d’aucun serveur DNS ; vérifiez l’orthographe ou donnez l’adresse IP du contrôleur.",
        f"The name {host} is known to no DNS server; check the spelling or give the controller’s IP address.",
    )


def unreachable(host: str, port: int, detail: Text) -> CollectError:
    """Nobody answers at that address."""
    return CollectError(
        f"Le serveur {host}:{port} ne répond pas ({detail.fr}) ; vérifiez l’adresse, le port et le pare-feu.",
        f"The server {host}:{port} does not answer ({detail.en}); check the address, the port and the firewall.",
    )


def untrusted(host: str, detail: str) -> CollectError:
    """The certificate is not signed by an authority we know."""
    return CollectError(
        f"Le certificat de {host} n’est signé par aucune autorité connue ({detail}) ; fournissez le certificat (PEM) "
        "de l’autorité qui l’a signé, avec « --ca » ou dans la cible.",
        f"The certificate of {host} is signed by no known authority ({detail}); give the certificate (PEM) of the "
        "authority that signed it, with `--ca` or in the target.",
    )


def weak_certificate(host: str, detail: str) -> CollectError:
    """A key or a signature of the chain is too short for any verification to be worth something."""
    return CollectError(
        f"Le certificat présenté par {host} est trop faible pour être vérifié ({detail}) ; remplacez-le par une clé "
        "RSA de 2048 bits au moins, signée en SHA-256, et vérifiez que le port est bien celui de LDAPS.",
        f"The certificate presented by {host} is too weak to be verified ({detail}); replace it by an RSA key of at "
        "least 2048 bits signed with SHA-256, and check that the port is that of LDAPS.",
    )


def malformed_address(server: str) -> FieldError:
    """The address of the controller is not one; `ascii` shows hidden characters."""
    shown = ascii(server[:80])
    return FieldError(
        f"L’adresse du contrôleur {shown} est refusée ; écrivez ldaps://nom-ou-adresse[:port], sans espace ni "
        "caractère spécial.",
        f"The address of the controller {shown} is refused; write ldaps://name-or-address[:port], without spaces or "
        "special characters.",
    )


def malformed_authority() -> FieldError:
    """What was given as a certificate authority is something else."""
    return FieldError(
        "Le certificat d’autorité donné n’est pas au format PEM ; exportez-le en PEM (première ligne : "
        "« -----BEGIN CERTIFICATE----- »).",
        "The authority’s certificate given is not in PEM form; export it as PEM (“-----BEGIN CERTIFICATE-----”).",
    )


def expired_certificate(host: str) -> CollectError:
    """The certificate is out of date."""
    return CollectError(
        f"Le certificat de {host} n’est plus valable ou ne l’est pas encore ; renouvelez-le, et vérifiez l’heure des "
        "deux machines.",
        f"The certificate of {host} is no longer or not yet valid; renew it, and check the clock of both machines.",
    )


def name_mismatch(host: str) -> CollectError:
    """The certificate was made for another name."""
    return CollectError(
        f"Le certificat présenté par {host} ne porte pas ce nom ; désignez le serveur par un nom inscrit "
        "dans son certificat.",
        f"The certificate presented by {host} does not carry that name; call the server by a name written in "
        "its certificate.",
    )


def tls_failed(host: str, detail: str) -> CollectError:
    """TLS could not be set up for another reason."""
    return CollectError(
        f"La connexion chiffrée avec {host} n’a pas pu s’établir ({detail}) ; vérifiez que le port est bien celui de "
        "LDAPS, ou que le contrôleur accepte StartTLS et TLS 1.2.",
        f"The encrypted connection with {host} could not be set up ({detail}); check that the port is that of LDAPS, "
        "or that the controller accepts StartTLS and TLS 1.2.",
    )


def clear_text_refused(host: str) -> CollectError:
    """A password would have travelled in clear text."""
    return CollectError(
        f"La connexion à {host} n’est pas chiffrée : le mot de passe circulerait en clair ; utilisez ldaps:// ou "
        "activez StartTLS.",
        f"The connection to {host} is not encrypted: the password would travel in clear text; use ldaps:// or enable "
        "StartTLS.",
    )


def server_wants_encryption(host: str) -> CollectError:
    """The server refuses a bind that is neither signed nor encrypted."""
    return CollectError(
        f"Le contrôleur {host} refuse les connexions LDAP non chiffrées ; utilisez ldaps:// ou activez StartTLS.",
        f"The controller {host} refuses unencrypted LDAP connections; use ldaps:// or enable StartTLS.",
    )


def not_active_directory(host: str) -> CollectError:
    """Another kind of LDAP server."""
    return CollectError(
        f"Le serveur {host} n’est pas un contrôleur Active Directory ; donnez l’adresse d’un contrôleur du domaine.",
        f"The server {host} is not an Active Directory controller; give the address of a controller of the domain.",
    )


def empty_directory(base: str) -> CollectError:
    """Nothing that looks like accounts could be read."""
    return CollectError(
        f"Aucun compte n’est lisible sous {base} ; vérifiez que le compte d’audit peut lire l’annuaire et que "
        "l’adresse est celle du bon domaine.",
        f"No account is readable under {base}; check that the audit account may read the directory and that the "
        "address is that of the right domain.",
    )


def search_refused(base: str, diagnostic: str) -> CollectError:
    """The server refused the search of the domain."""
    return CollectError(
        f"Le contrôleur a refusé la lecture de {base} ({diagnostic}) ; vérifiez les droits du compte d’audit.",
        f"The controller refused the reading of {base} ({diagnostic}); check the rights of the audit account.",
    )


def cut_before_anything(host: str, detail: str) -> CollectError:
    """The connection ended before any object was read."""
    return CollectError(
        f"La connexion avec {host} s’est interrompue avant la fin de la lecture ({detail}) ; relancez l’audit, et "
        "vérifiez le réseau si cela se répète.",
        f"The connection with {host} ended before the reading did ({detail}); run the audit again, and check the "
        "network if it comes back.",
    )


_BIND_REASONS = (
    (
        r"data 775\b|LOCKED_OUT",
        "Le compte {user} est verrouillé ; déverrouillez-le, et vérifiez qui se trompe de mot de passe.",
        "The account {user} is locked; unlock it, and find out who mistypes its password.",
    ),
    (
        r"data 533\b|ACCOUNT_DISABLED",
        "Le compte {user} est désactivé ; activez-le ou prenez un autre compte d’audit.",
        "The account {user} is disabled; enable it or take another audit account.",
    ),
    (
        r"data 701\b|ACCOUNT_EXPIRED",
        "Le compte {user} a expiré ; repoussez sa date de fin ou prenez un autre compte d’audit.",
        "The account {user} has expired; postpone its end date or take another audit account.",
    ),
    (
        r"data (532|773)\b|PASSWORD_EXPIRED|PASSWORD_MUST_CHANGE",
        "Le mot de passe du compte {user} a expiré ou doit être changé ; changez-le, puis mettez la cible à jour.",
        "The password of the account {user} has expired or must be changed; change it, then update the target.",
    ),
    (
        r"data (530|531)\b|INVALID_LOGON_HOURS|INVALID_WORKSTATION",
        "Le compte {user} ne peut pas se connecter à cette heure ou depuis cette machine ; adaptez ses restrictions.",
        "The account {user} may not log on at this hour or from this machine; adapt its restrictions.",
    ),
)


def bind_refused(user: str, diagnostic: str) -> CollectError:
    """The server refused the account; AD and Samba say why in the diagnostic of the answer."""
    for pattern, fr, en in _BIND_REASONS:
        if re.search(pattern, diagnostic):
            return CollectError(fr.format(user=user), en.format(user=user))
    return CollectError(
        f"Le contrôleur refuse le compte {user} : nom ou mot de passe incorrect ; corrigez-les dans la cible. "
        "Attention au verrouillage du compte après plusieurs essais.",
        f"The controller refuses the account {user}: wrong name or password; correct them in the target. Mind that "
        "several attempts may lock the account.",
    )
