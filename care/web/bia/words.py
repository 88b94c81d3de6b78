"""The words of impact analyses as a head nurse reads them: no acronym in a question, it comes as a small note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from care.domain.bia import Objective
from care.domain.bia_content import Stage
from care.domain.durations import DAY, HOUR, WEEK
from care.services.bia_list import Situation
from care.web.labels import Label

SITUATION: Mapping[str, Label] = {
    Situation.PROPOSED: Label(_("À valider"), "unsure", "clipboard-check"),
    Situation.NONE: Label(_("Sans bilan"), "critical", "exclamation-triangle"),
    Situation.DRAFT: Label(_("Commencé"), "medium", "pencil"),
    Situation.OLD: Label(_("À relire"), "high", "clock-history"),
    Situation.CURRENT: Label(_("En vigueur"), "good", "check-circle"),
}
STAGE: Mapping[str, Any] = {
    Stage.ABOUT: _("De quoi parle-t-on ?"),
    Stage.IMPACTS: _("Qu’arrive-t-il si tout s’arrête ?"),
    Stage.INTERRUPTION: _("Combien de temps tenez-vous ?"),
    Stage.DATA: _("Combien de saisies pouvez-vous perdre ?"),
    Stage.MINIMUM: _("Que faut-il garder coûte que coûte ?"),
    Stage.REVIEW: _("Relecture"),
}


@dataclass(frozen=True)
class Question:
    """How one of the four durations is asked: the question, an example, what the trade calls it, usual answers."""

    ask: Any
    example: Any
    note: Any
    short: Any
    usual: tuple[int, ...]


QUESTION: Mapping[Objective, Question] = {
    Objective.DMIA: Question(
        _("Au bout de combien de temps d’arrêt la situation devient-elle inacceptable ?"),
        _(
            "Sans logiciel, sans rien de préparé. Pensez à une nuit de garde ou à un jour d’affluence, pas à un jour"
            " calme."
        ),
        _("Les spécialistes disent : durée maximale d’interruption admissible (DMIA)."),
        _("Arrêt supportable au plus"),
        (30, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, WEEK),
    ),
    Objective.RTO: Question(
        _("En combien de temps voulez-vous avoir repris ?"),
        _("Plus court que la réponse précédente : la différence est votre marge quand tout ne va pas comme prévu."),
        _("Les spécialistes disent : délai de reprise visé (RTO)."),
        _("Reprise visée"),
        (15, 30, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY),
    ),
    Objective.PDMA: Question(
        _("Combien de temps de saisies pouvez-vous perdre ?"),
        _(
            "Le logiciel revient comme il était il y a une heure : tout ce qui a été saisi depuis est à refaire,"
            " d’après le papier ou de mémoire. Est-ce faisable ? Et pour une journée entière ?"
        ),
        _(
            "Les spécialistes disent : perte de données maximale admissible (PDMA). Elle fixe le rythme des"
            " sauvegardes."
        ),
        _("Saisies qu’on peut perdre"),
        (0, 15, 30, HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY),
    ),
    Objective.DMARD: Question(
        _("Une fois demandées, en combien de temps les données doivent-elles être revenues ?"),
        _(
            "Du coup de téléphone à l’informatique jusqu’au moment où vous relisez vos dossiers ; avant la reprise,"
            " donc."
        ),
        _("Les spécialistes disent : durée maximale admissible de restauration des données (DMARD)."),
        _("Données revenues en"),
        (15, 30, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY),
    ),
}  # fmt: skip
TONES = ("good", "medium", "high", "critical")


def tone(level: int, top: int) -> str:
    """The colour of a level on a scale of `top` levels; it never stands alone, the words are always there."""
    return TONES[round((level - 1) * (len(TONES) - 1) / max(top - 1, 1))]
