"""Hosting of health data: what a hosting calls for, from what is known and what is not. Pure.

Facts of the law: whoever hosts health data for others is certified (CSP, L.1111-8); HDS v2 asks for storage within the
European Economic Area (EXI-28) and for the risks of foreign law to be written down (EXI-30). What nobody said stays
unknown, and is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from scanners.model import Text

SOON = timedelta(days=90)
"""Time to renew a certificate or to change host in a hurry (our choice)."""


class Tone(StrEnum):
    """How pressing an alert is, most pressing first. `unknown`: something must be asked before one can tell."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Alert:
    """What is wrong or unknown, and what to do, in a sentence or two. `ref` is what asks for it, "" when nobody."""

    tone: Tone
    said: Text
    ref: str = ""


@dataclass(frozen=True, slots=True)
class HostingFacts:
    """What is known of a hosting; None and "" are not known. `contract_over`: the contract tied to it has ended."""

    internal: bool | None = None
    host: str = ""
    data: str = ""
    hds_certified: bool | None = None
    hds_certificate: str = ""
    hds_until: date | None = None
    location: str = ""
    outside_eea: bool | None = None
    foreign_control: bool | None = None
    mitigation: str = ""
    secnumcloud: bool | None = None
    secnumcloud_until: date | None = None
    migrate_by: date | None = None
    contract_over: bool = False


def hosting_alerts(facts: HostingFacts, today: date) -> tuple[Alert, ...]:
    """What a hosting in use calls for, most pressing first."""
    found = [*_certificate(facts, today), *_abroad(facts), *_ends(facts, today), *_unsaid(facts)]
    order = list(Tone)
    return tuple(sorted(found, key=lambda one: order.index(one.tone)))


def _certificate(facts: HostingFacts, today: date) -> Iterator[Alert]:
    if facts.hds_certified is True:
        yield from _certified(facts, today)
    elif facts.internal is True:
        return
    elif facts.hds_certified is False and facts.internal is False:
        yield Alert(
            Tone.CRITICAL,
            Text(
                "Hébergé à l’extérieur sans certification HDS, que la loi demande à qui héberge des données de santé "
                "pour d’autres (CSP, L.1111-8) : exigez le certificat, ou fixez une date de migration.",
                "Hosted outside without HDS certification, which the law asks of whoever hosts health data for others "
                "(CSP, L.1111-8): demand the certificate, or set a migration date.",
            ),
            "hds:EXI-01.1",
        )
    elif facts.hds_certified is None:
        yield Alert(
            Tone.UNKNOWN,
            Text(
                "Certification HDS non renseignée : demandez le certificat à l’hébergeur, et déposez-le.",
                "HDS certification not filled in: ask the host for the certificate, and file it.",
            ),
            "hds:EXI-01.1",
        )


def _certified(facts: HostingFacts, today: date) -> Iterator[Alert]:
    until = facts.hds_until
    if until is None:
        yield Alert(
            Tone.UNKNOWN,
            Text(
                "Échéance du certificat HDS non renseignée : elle est écrite sur le certificat.",
                "End of the HDS certificate not filled in: it is written on the certificate.",
            ),
        )
    elif until < today:
        yield Alert(
            Tone.CRITICAL,
            Text(
                f"Certificat HDS échu le {_fr(until)} : demandez le nouveau, ou fixez une date de migration.",
                f"HDS certificate over since {until}: ask for the new one, or set a migration date.",
            ),
            "hds:EXI-01.1",
        )
    elif until - today <= SOON:
        yield Alert(
            Tone.HIGH,
            Text(
                f"Certificat HDS valable jusqu’au {_fr(until)} : demandez dès maintenant son renouvellement.",
                f"HDS certificate valid until {until}: ask for its renewal now.",
            ),
        )
    if not facts.hds_certificate:
        yield Alert(
            Tone.UNKNOWN,
            Text(
                "Numéro du certificat HDS non renseigné : notez-le, il permet de le vérifier.",
                "Number of the HDS certificate not filled in: write it down, it lets one check it.",
            ),
        )


_CHECK = Text("vérifiez que la mesure notée suffit.", "check that the measure written down is enough.")
_BRING_BACK = Text(
    "faites-les revenir, ou dites ce qui couvre ce transfert.", "bring them back, or say what covers this transfer."
)


def _abroad(facts: HostingFacts) -> Iterator[Alert]:
    if facts.outside_eea is True:
        do = _CHECK if facts.mitigation else _BRING_BACK
        yield Alert(
            Tone.HIGH if facts.mitigation else Tone.CRITICAL,
            Text(
                f"Données hors de l’Espace économique européen, où HDS v2 demande qu’elles soient stockées : {do.fr}",
                f"Data outside the European Economic Area, where HDS v2 asks that they be stored: {do.en}",
            ),
            "hds:EXI-28",
        )
    if facts.foreign_control is True and not facts.mitigation:
        yield Alert(
            Tone.HIGH,
            Text(
                "Hébergeur soumis à une loi extra-européenne, sans mesure notée : demandez au contrat ces lois, la "
                "réduction du risque d’accès et ce qui en demeure.",
                "Host under a law from outside Europe, without a measure written down: have the contract say these "
                "laws, how the risk of access is reduced, and what remains.",
            ),
            "hds:EXI-30.1",
        )


_FINISH = Text(
    " et toujours en service : terminez-la, ou clôturez cette fiche si c’est fait.",
    " and still in use: finish it, or close this sheet if it is done.",
)
_READY = Text(
    " : vérifiez que les données et leur reprise sont prêtes.", ": check that the data and their recovery are ready."
)


def _ends(facts: HostingFacts, today: date) -> Iterator[Alert]:
    if facts.migrate_by is not None and facts.migrate_by - today <= SOON:
        late = facts.migrate_by < today
        do = _FINISH if late else _READY
        yield Alert(
            Tone.CRITICAL if late else Tone.HIGH,
            Text(
                f"Migration prévue pour le {_fr(facts.migrate_by)}{do.fr}",
                f"Migration planned for {facts.migrate_by}{do.en}",
            ),
        )
    if facts.secnumcloud is True and facts.secnumcloud_until is not None and facts.secnumcloud_until - today <= SOON:
        over = facts.secnumcloud_until < today
        yield Alert(
            Tone.HIGH if over else Tone.MEDIUM,
            Text(
                f"Qualification SecNumCloud {'échue depuis le' if over else 'valable jusqu’au'} "
                f"{_fr(facts.secnumcloud_until)} : demandez son renouvellement.",
                f"SecNumCloud qualification {'over since' if over else 'valid until'} {facts.secnumcloud_until}: ask "
                "for its renewal.",
            ),
        )
    if facts.contract_over:
        yield Alert(
            Tone.HIGH,
            Text(
                "Le contrat lié est terminé alors que l’hébergement est en service : liez le nouveau contrat, ou "
                "clôturez l’hébergement.",
                "The contract tied to it has ended while the hosting is in use: tie the new contract, or close the "
                "hosting.",
            ),
        )


def _unsaid(facts: HostingFacts) -> Iterator[Alert]:
    """What must be asked, one sentence for all of it."""
    asked = [("interne ou externe", "inside or outside")] if facts.internal is None else []
    outside = facts.internal is not True
    known = (
        (facts.data, "les données hébergées", "the data hosted", True),
        (facts.host, "l’hébergeur", "the host", outside),
        (facts.location, "le lieu de stockage", "where data are stored", outside),
    )
    asked += [(fr, en) for value, fr, en, wanted in known if wanted and not value]
    if outside and facts.outside_eea is None:
        asked.append(("le stockage hors de l’Espace économique européen", "storage outside the EEA"))
    if outside and facts.foreign_control is None:
        asked.append(("le contrôle par une société extra-européenne", "control by a company from outside Europe"))
    if asked:
        fr, en = ", ".join(one for one, _ in asked), ", ".join(one for _, one in asked)
        yield Alert(Tone.UNKNOWN, Text(f"Non renseigné : {fr}. Demandez-le.", f"Not filled in: {en}. Ask for it."))


def _fr(day: date) -> str:
    return f"{day:%d/%m/%Y}"
