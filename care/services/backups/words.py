"""The words of the board of backups, the same on the page and on paper."""

from __future__ import annotations

from collections.abc import Mapping

from care.services.backups.advice import State
from care.services.backups.reading import Board
from scanners.backup.account import Condition, Ground
from scanners.backup.standing import Standing
from scanners.model import Text

STATE_NAMES: Mapping[State, Text] = {
    "danger": Text("En danger", "In danger"),
    "watch": Text("À compléter", "To complete"),
    "word": Text("Sur parole", "On trust"),
    "good": Text("En ordre", "In order"),
}
CONDITION_NAMES: Mapping[Condition, Text] = {
    "copies": Text("3 copies, production comprise", "3 copies, production included"),
    "media": Text("2 supports différents", "2 different media"),
    "outside": Text("1 copie hors site ou hors ligne", "1 copy off-site or offline"),
    "apart": Text("1 copie hors ligne ou immuable", "1 copy offline or immutable"),
    "verified": Text("0 erreur à la dernière vérification", "0 error at the last check"),
}
BY_JOBS = Text("d’après les travaux", "according to jobs")
GROUNDS: Mapping[Ground, Text] = {
    "measured": Text("Compte : CaRE y a lu un bon point de restauration.", "Counts: CaRE read a good restore point."),
    "dated": Text("Compte, sur la date que quelqu’un a donnée.", "Counts, on the date that somebody gave."),
    "word": Text("Compte sur parole : ni lue, ni datée.", "Counts on trust: neither read nor dated."),
    "unread": Text("Compte sur parole : son dépôt n’a pas été lu.", "Counts on trust: its repository was not read."),
    "whose": Text(
        "Compte sur parole : son dépôt garde plusieurs machines, écrivez laquelle est la sienne.",
        "Counts on trust: its repository holds several machines, write which is its own.",
    ),
    "empty": Text("Ne compte pas : aucun bon point de restauration.", "Does not count: no good restore point."),
    "stale": Text("Ne compte pas : trop ancienne.", "Does not count: too old."),
    "ahead": Text("Ne compte pas : sa date est dans le futur.", "Does not count: its date is in the future."),
    "damaged": Text("Ne compte pas : le dépôt est endommagé.", "Does not count: the repository is damaged."),
}
STANDINGS: Mapping[Standing, Text] = {
    "measured": Text("oui, mesuré", "yes, measured"),
    "declared": Text("oui, déclaré", "yes, declared"),
    "unproved": Text("déclaré, sans preuve", "declared, without proof"),
    "short": Text("moins longtemps que la conservation", "for less long than the retention"),
    "contradicted": Text("déclaré, mais faux", "declared, but untrue"),
    "no": Text("non", "no"),
    "unsaid": Text("non renseigné", "not known"),
}

PROOFS: Mapping[str, Text] = {
    "test": Text("Essai complet de restauration", "Full restore test"),
    "sample": Text("Restauration d’un échantillon par CaRE", "Sample restored by CaRE"),
    "check": Text("Contrôle du dépôt par CaRE", "Repository checked by CaRE"),
    "": Text("Jamais restauré ni contrôlé", "Never restored nor checked"),
}
STEP_NAMES: Mapping[str, Text] = {
    "late": Text("Dépassé", "Overdue"),
    "ahead": Text("À venir", "To come"),
    "done": Text("Atteint", "Reached"),
}


def headline(board: Board) -> Text:
    """The state of all the systems in one sentence."""
    total, danger = len(board.lines), board.counts.get("danger", 0)
    good = board.counts.get("good", 0)
    if not total:
        return Text("Aucun système n’est à l’inventaire.", "No system is in the inventory.")
    if good == total:
        return Text(
            f"Les {total} systèmes ont une sauvegarde récente, et une restauration le prouve.",
            f"All {total} systems have a recent backup, and a restore proves it.",
        )
    unproved = total - danger - good
    fr, en = [f"Restauration prouvée pour {good} sur {total}"], [f"Restoring is proved for {good} of {total}"]
    if danger:
        fr, en = [*fr, f"en danger aujourd’hui : {danger}"], [*en, f"in danger today: {danger}"]
    if unproved:
        fr, en = [*fr, f"rien ne le prouve : {unproved}"], [*en, f"nothing proves it: {unproved}"]
    return Text(f"{' ; '.join(fr)}.", f"{'; '.join(en)}.")
