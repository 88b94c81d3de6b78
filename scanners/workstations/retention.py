"""How long logs are to be kept: texts disagree, so an establishment chooses. Which texts a duration satisfies. Pure.

The durations of `care-rules` (DET-06). A recommendation of the CNIL is said to ask for six to twelve months: it was not
read, and is not told here.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanners.model import Text

SIX_MONTHS, YEAR = 183, 365


@dataclass(frozen=True, slots=True)
class RetentionText:
    """What one text asks: at least so many days and, unless a written reason says why, at most so many. `short` is how
    a line of text calls it."""

    short: str
    name: Text
    at_least: int
    at_most: int | None = None

    def met_by(self, days: int) -> bool:
        """Whether a duration satisfies it without a written reason."""
        return self.at_least <= days and (self.at_most is None or days <= self.at_most)


RETENTION_TEXTS = (
    RetentionText(
        "ReCyF 20.5",
        Text("ReCyF 20.5 (entités essentielles) : 3 mois", "ReCyF 20.5 (essential entities): 3 months"),
        90,
    ),
    RetentionText(
        "NIS 1",
        Text("NIS 1, règles 18.3 et 19.3 (OSE) : 6 mois", "NIS 1, rules 18.3 and 19.3 (OSE): 6 months"),
        SIX_MONTHS,
    ),
    RetentionText(
        "PGSSI-S 7.2.2.5",
        Text(
            "PGSSI-S 7.2.2.5 : 6 mois puis effacement, sauf justification écrite",
            "PGSSI-S 7.2.2.5: 6 months then erasure, unless a written reason",
        ),
        SIX_MONTHS,
        SIX_MONTHS + 1,
    ),
    RetentionText(
        "PSSI-MCAS",
        Text("PSSI-MCAS EXP-CONS-JOUR : 12 mois glissants", "PSSI-MCAS EXP-CONS-JOUR: 12 rolling months"),
        YEAR,
    ),
    RetentionText(
        "mesure 36 de l’ANSSI",
        Text("Hygiène ANSSI 36 : un an pour les événements critiques", "ANSSI hygiene 36: a year for critical events"),
        YEAR,
    ),
)


def texts_missed(days: int) -> tuple[RetentionText, ...]:
    """The texts that ask for longer."""
    return tuple(text for text in RETENTION_TEXTS if days < text.at_least)


def texts_met(days: int) -> tuple[RetentionText, ...]:
    """The texts that a duration satisfies."""
    return tuple(text for text in RETENTION_TEXTS if text.met_by(days))


def to_justify(days: int) -> tuple[RetentionText, ...]:
    """The texts that then want a written reason: it is longer than they say."""
    return tuple(text for text in RETENTION_TEXTS if text.at_most is not None and days > text.at_most)
