"""What a supplier is asked about its accesses: the one place of these questions, by a link as on its sheet. Pure.

A question belongs to a column of the register, which the answer by a link fills (`asked`), to a rule of the register,
whose fault makes a request of the sheet (`rule`, `request`), or to both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from care.domain.remote_access import TECHNOLOGIES
from scanners.model import Text


class AskedKind(StrEnum):
    """How an answer is written."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    LINES = "lines"
    TEXT = "text"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a supplier about one access; `name` is a column of the register."""

    name: str
    kind: AskedKind
    title: Text
    help: Text = Text("", "")  # noqa: RUF009 - frozen
    choices: Mapping[str, Text] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a supplier is asked, and where; None: not there."""

    rule: str = ""
    request: Text | None = None
    asked: Asked | None = None


QUESTIONS: tuple[Question, ...] = (
    Question(
        "register_tunnel",
        Text(
            "Une arrivée par VPN IPsec, à défaut TLS, à la place de la technologie actuelle",
            "Coming in by an IPsec VPN, TLS failing that, instead of the present technology",
        ),
        asked=Asked(
            "technology",
            AskedKind.CHOICE,
            Text("Par quoi entrez-vous ?", "By what do you come in?"),
            choices={one.value: words for one, words in TECHNOLOGIES.items()},
        ),
    ),
    Question(
        "register_gateway",
        Text(
            "Le passage par notre passerelle dédiée : à partir de quelle date ?",
            "Coming in by our dedicated gateway: from which day on?",
        ),
    ),
    Question(
        "register_incomplete",
        Text(
            "Ce qui manque à notre registre : comptes employés et par qui, objet, dates de début et de fin",
            "What our register lacks: accounts used and by whom, purpose, first and last day",
        ),
        asked=Asked(
            "accounts",
            AskedKind.LINES,
            Text("Comptes utilisés", "Accounts used"),
            Text("Un par ligne. Jamais de mot de passe.", "One a line. Never a password."),
        ),
    ),
    Question(
        "register_shared_account",
        Text(
            "Un compte réservé à cet équipement, à la place de celui qui en ouvre plusieurs",
            "An account for this equipment alone, instead of the one that opens several",
        ),
    ),
    Question(
        "register_unfiltered",
        Text(
            "Le chiffrement de bout en bout, et vos adresses fixes, les seules que nous laisserons entrer",
            "Encryption from end to end, and your fixed addresses, the only ones we shall let in",
        ),
        asked=Asked(
            "sources",
            AskedKind.LINES,
            Text("Adresses d’où vous venez", "Addresses you come from"),
            Text("Adresses ou réseaux publics, un par ligne.", "Public addresses or networks, one a line."),
        ),
    ),
    Question(
        "register_flow_review",
        Text(
            "Les flux dont vous avez encore besoin : adresses, ports, raison",
            "The flows that you still need: addresses, ports, reason",
        ),
    ),
    Question(
        "register_second_factor",
        Text(
            "Un second facteur pour chaque personne qui se connecte : lequel, et depuis quand ?",
            "A second factor for every person who connects: which one, since when?",
        ),
        asked=Asked(
            "second_factor", AskedKind.YES_NO, Text("Un second facteur est demandé", "A second factor is asked for")
        ),
    ),
    Question(
        "register_ended",
        Text(
            "L’accès devait prendre fin : sa fermeture, ou sa prolongation écrite",
            "The access was to end: its closing, or its extension in writing",
        ),
    ),
    Question(
        "register_open_intervention",
        Text(
            "Une ouverture à la demande, pour une intervention annoncée ; fermé le reste du temps",
            "Opening on demand, for an intervention announced; closed the rest of the time",
        ),
        asked=Asked(
            "on_demand",
            AskedKind.YES_NO,
            Text(
                "L’accès n’est ouvert que le temps d’une intervention", "The access is open during interventions only"
            ),
        ),
    ),
    Question(
        "register_security_plan",
        Text(
            "Votre plan d’assurance sécurité, que nous devons accepter",
            "Your security assurance plan, for us to accept",
        ),
    ),
    Question(
        "register_protocol",
        Text(
            "Un protocole d’intervention : périmètre, obligations, moyens, procédures, règles",
            "An agreement on interventions: scope, duties, means, procedures, rules",
        ),
    ),
    Question(
        "register_report",
        Text(
            "Un rapport après chaque intervention : qui, quand, sur quoi, ce qui a changé",
            "A report after each intervention: who, when, on what, what changed",
        ),
        asked=Asked(
            "report_clause",
            AskedKind.YES_NO,
            Text("Un compte rendu suit chaque intervention", "A report follows each intervention"),
        ),
    ),
    Question(
        "register_level",
        Text(
            "Votre engagement sur le guide PGSSI-S d’intervention à distance, et votre palier (1 ou 2)",
            "Your commitment to the PGSSI-S guide on remote interventions, and your level (1 or 2)",
        ),
        asked=Asked(
            "level",
            AskedKind.CHOICE,
            Text("Palier tenu (guide PGSSI-S)", "Level kept (PGSSI-S guide)"),
            Text(
                "Règles d’intervention à distance : palier 1, intermédiaire, ou palier 2, supérieur.",
                "Rules of remote intervention: level 1, intermediate, or level 2, higher.",
            ),
            {"1": Text("Palier 1", "Level 1"), "2": Text("Palier 2", "Level 2")},
        ),
    ),
    Question(
        "register_statement",
        Text(
            "Votre état de conformité de l’année au référentiel PAMS", "This year’s statement of compliance with PAMS"
        ),
        asked=Asked(
            "attested_on",
            AskedKind.DAY,
            Text("Conformité annuelle remise le", "Yearly compliance handed over on"),
            Text("Référentiel PAMS ou équivalent.", "PAMS referential or equivalent."),
        ),
    ),
    Question(
        "register_trace_retention",
        Text(
            "Les traces de vos accès et de vos actions, gardées un an et remises sur demande",
            "The traces of your accesses and actions, kept a year and handed over on request",
        ),
    ),
    Question(
        asked=Asked(
            "emergency_contact",
            AskedKind.TEXT,
            Text("Qui appeler pour couper l’accès, à toute heure", "Whom to call to cut the access, at any hour"),
        )
    ),
)
ASKED: tuple[Asked, ...] = tuple(one.asked for one in QUESTIONS if one.asked is not None)
"""What a link asks of each access."""
BY_NAME: Mapping[str, Asked] = {one.name: one for one in ASKED}
REQUESTS: Mapping[str, Text] = {one.rule: one.request for one in QUESTIONS if one.request is not None}
"""What a sheet asks for each rule that finds a fault; the other rules are for the hospital."""
