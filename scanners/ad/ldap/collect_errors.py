"""Why a directory could not be read: one sentence each, with the cause and the cure."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from scanners.errors import CollectError, FieldError
from scanners.model import Text


class BrokenAnswer(Exception):  # noqa: N818 - the name of what was received
    """The server sent what is not LDAP, or closed in the middle. `str()` says what, in English, for logs."""

    @property
    def gap(self) -> Text:
        """Why the reading stopped there."""
        return Text(
            f"La connexion s’est interrompue pendant la lecture ({self}) : relancez l’audit.",
            f"The connection ended during the reading ({self}): run the audit again.",
        )


class WindowClosed(BrokenAnswer):
    """The hours in which the directory may be read are over."""

    @property
    def gap(self) -> Text:
        """Why the reading stopped there."""
        return Text(
            f"La lecture s’est arrêtée à la fin de la plage horaire autorisée ({self}) : élargissez-la, ou augmentez "
            "le nombre de pages par seconde, puis relancez l’audit.",
            f"The reading stopped at the end of the allowed hours ({self}): widen them, or raise the number of pages "
            "a second, then run the audit again.",
        )


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


def not_ldap(host: str, port: int) -> CollectError:
    """Somebody answers there, in another language."""
    return CollectError(
        f"{host}:{port} n’est pas un serveur LDAP : il répond autre chose ; vérifiez l’adresse et le port du "
        "contrôleur de domaine (389 ou 636).",
        f"{host}:{port} is not an LDAP server: it answers something else; check the address and the port of the domain "
        "controller (389 or 636).",
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


def two_sources() -> FieldError:
    """Both a controller and a collection."""
    return FieldError(
        "Donnez soit l’adresse d’un contrôleur de domaine et un compte, soit une collecte BloodHound.",
        "Give either the address of a domain controller and an account, or a BloodHound collection.",
    )


def no_controller() -> FieldError:
    """Nothing to read."""
    return FieldError(
        "Donnez l’adresse du contrôleur de domaine, par exemple ldaps://dc1.hopital.fr.",
        "Give the address of the domain controller, for example ldaps://dc1.hopital.fr.",
    )


def no_account() -> FieldError:
    """Nobody to read as."""
    return FieldError(
        "Donnez le compte d’audit, par exemple care-audit@hopital.fr.",
        "Give the audit account, for example care-audit@hopital.fr.",
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


def partial_directory(host: str) -> CollectError:
    """The port of the global catalogue: it knows all domains, but not all attributes."""
    return FieldError(
        f"Le port donné pour {host} est celui du catalogue global, qui ne connaît qu’une partie des attributs ; "
        "utilisez ldaps:// sans numéro de port (636).",
        f"The port given for {host} is that of the global catalogue, which knows some of the attributes only; use "
        "ldaps:// without a port number (636).",
    )


def lightweight_directory(host: str) -> CollectError:
    """AD LDS speaks like a controller and holds no domain."""
    return CollectError(
        f"Le serveur {host} est un annuaire AD LDS (ADAM) et non un contrôleur de domaine ; donnez l’adresse d’un "
        "contrôleur du domaine.",
        f"The server {host} is an AD LDS (ADAM) directory and no domain controller; give the address of a controller "
        "of the domain.",
    )


def read_only_controller(host: str) -> CollectError:
    """A RODC holds a filtered copy."""
    return CollectError(
        f"Le contrôleur {host} est en lecture seule (RODC) : sa copie de l’annuaire est filtrée ; donnez l’adresse "
        "d’un contrôleur inscriptible du domaine.",
        f"The controller {host} is read-only (RODC): its copy of the directory is filtered; give the address of a "
        "writable controller of the domain.",
    )


def unsynchronised_controller(host: str) -> CollectError:
    """A controller just promoted or restored does not know everything yet."""
    return CollectError(
        f"Le contrôleur {host} n’a pas fini de recevoir l’annuaire (isSynchronized) ; attendez la fin de sa "
        "réplication ou donnez un autre contrôleur.",
        f"The controller {host} has not received the whole directory yet (isSynchronized); wait for its replication "
        "to end or give another controller.",
    )


def clocks_disagree(host: str, hours: int) -> CollectError:
    """Every age would be wrong."""
    return CollectError(
        f"L’horloge de {host} et celle de CaRE diffèrent de {hours} h : tous les âges seraient faux ; mettez les deux "
        "machines à l’heure (NTP), puis relancez l’audit.",
        f"The clock of {host} and that of CaRE differ by {hours} h: every age would be wrong; set both machines right "
        "(NTP), then run the audit again.",
    )


def outside_hours(hours: str, now: str) -> CollectError:
    """The audit was started when the directory may not be read."""
    return CollectError(
        f"Il est {now} : l’annuaire ne peut être lu que de {hours} ; relancez l’audit dans cette plage, ou changez-la "
        "dans la cible.",
        f"It is {now}: the directory may be read from {hours} only; run the audit again within these hours, or change "
        "them in the target.",
    )


def probe_outside_hours(hours: str, now: str) -> Text:
    """The attempts come last, and the hours were over by then."""
    return Text(
        f"Les protections du contrôleur n’ont pas été éprouvées : la plage horaire autorisée ({hours}) était finie, il "
        f"était {now} ; élargissez-la ou lancez l’audit plus tôt.",
        f"The protections of the controller were not tried: the allowed hours ({hours}) were over, it was {now}; widen "
        "them or start the audit earlier.",
    )


def malformed_hours(hours: str) -> FieldError:
    """What was given as hours is something else."""
    return FieldError(
        f"La plage horaire {hours[:40]!a} est refusée ; écrivez-la comme 22:00-06:00.",
        f"The hours {hours[:40]!a} are refused; write them like 22:00-06:00.",
    )


def malformed_zone(zone: str) -> FieldError:
    """No such time zone."""
    return FieldError(
        f"Le fuseau horaire {zone[:60]!a} est inconnu ; écrivez-le comme Europe/Paris.",
        f"The time zone {zone[:60]!a} is unknown; write it like Europe/Paris.",
    )


def malformed_account(user: str) -> FieldError:
    """NTLM and Kerberos do not know distinguished names."""
    return FieldError(
        f"Le compte {user[:80]!a} ne convient pas à NTLM ni à Kerberos ; écrivez DOMAINE\\compte ou compte@domaine.",
        f"The account {user[:80]!a} does not suit NTLM or Kerberos; write DOMAIN\\account or account@domain.",
    )


def kerberos_not_installed() -> CollectError:
    """The optional extra is absent."""
    return CollectError(
        "Kerberos n’est pas installé avec CaRE : installez les paquets libkrb5-dev, python3-dev et gcc, lancez "
        "« tools/venv.sh kerberos », ou choisissez NTLM ou la connexion simple en ldaps://.",
        "Kerberos is not installed with CaRE: install the packages libkrb5-dev, python3-dev and gcc, run "
        "`tools/venv.sh kerberos`, or choose NTLM or a simple login over ldaps://.",
    )


def mechanism_refused(host: str, mechanism: str) -> CollectError:
    """The server does not know this way to log in, or forbids it."""
    return CollectError(
        f"Le contrôleur {host} n’accepte pas la connexion par {mechanism} ; choisissez un autre mode "
        "d’authentification dans la cible.",
        f"The controller {host} does not accept a login by {mechanism}; choose another way to log in in the target.",
    )


def channel_token_refused(host: str) -> CollectError:
    """Our TLS does not end where the controller's does."""
    return CollectError(
        f"Le contrôleur {host} a refusé le lien entre la connexion et son certificat (channel binding) : un équipement "
        "déchiffre peut-être LDAPS entre CaRE et lui ; supprimez-le du trajet, ou utilisez la connexion simple.",
        f"The controller {host} refused the link between the login and its certificate (channel binding): a device may "
        "decrypt LDAPS between CaRE and it; take it out of the way, or use the simple login.",
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


_KERBEROS_REASONS: tuple[tuple[AbstractSet[int], str, str], ...] = (
    (
        {-1765328347, -1765328237},
        (
            "Kerberos refuse {user} : l’horloge de CaRE et celle de {host} diffèrent de plus de 5 minutes ; mettez les "
            "deux machines à l’heure (NTP)."
        ),
        (
            "Kerberos refuses {user}: the clock of CaRE and that of {host} differ by more than 5 minutes; set both "
            "machines right (NTP)."
        ),
    ),
    (
        {-1765328360, -1765328353},
        (
            "Kerberos refuse le mot de passe du compte {user} ; corrigez-le dans la cible. Attention au verrouillage "
            "du compte après plusieurs essais."
        ),
        (
            "Kerberos refuses the password of the account {user}; correct it in the target. Mind that several attempts "
            "may lock the account."
        ),
    ),
    (
        {-1765328366, -1765328383, -1765328372},
        (
            "Kerberos refuse le compte {user} : il est désactivé, verrouillé, expiré ou limité à d’autres heures ; "
            "corrigez-le ou prenez un autre compte d’audit."
        ),
        (
            "Kerberos refuses the account {user}: it is disabled, locked, expired or limited to other hours; correct "
            "it or take another audit account."
        ),
    ),
    (
        {-1765328361},
        "Le mot de passe du compte {user} a expiré ou doit être changé ; changez-le, puis mettez la cible à jour.",
        "The password of the account {user} has expired or must be changed; change it, then update the target.",
    ),
    (
        {-1765328378},
        "Le compte {user} est inconnu de Kerberos ; vérifiez son orthographe et le domaine.",
        "The account {user} is unknown to Kerberos; check its spelling and the domain.",
    ),
    (
        {-1765328377},
        (
            "Kerberos ne connaît pas le service ldap du contrôleur sous ce nom ; désignez le contrôleur par son nom "
            "DNS complet (ldap://dc1.domaine)."
        ),
        (
            "Kerberos does not know the ldap service of the controller under that name; call the controller by its "
            "full DNS name (ldap://dc1.domain)."
        ),
    ),
    (
        {-1765328228, -1765328230},
        "Le service Kerberos de {host} ne répond pas ; ouvrez le port 88 (TCP) entre CaRE et le contrôleur.",
        "The Kerberos service of {host} does not answer; open port 88 (TCP) between CaRE and the controller.",
    ),
)
"""Numbers of MIT Kerberos (krb5.h), in the order in which they decide."""


def login_impossible(user: str, host: str, mechanism: str, codes: AbstractSet[int], detail: str) -> CollectError:
    """NTLM or Kerberos failed on our side, or at the Kerberos service."""
    for numbers, fr, en in _KERBEROS_REASONS:
        if numbers & codes:
            return CollectError(fr.format(user=user, host=host), en.format(user=user, host=host))
    return CollectError(
        f"La connexion de {user} à {host} par {mechanism} a échoué ({detail[:200]}) ; vérifiez le compte et le "
        "contrôleur, ou choisissez un autre mode d’authentification.",
        f"The login of {user} to {host} by {mechanism} failed ({detail[:200]}); check the account and the controller, "
        "or choose another way to log in.",
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
