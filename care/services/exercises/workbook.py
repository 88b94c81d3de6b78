"""The chronogram as a workbook, to be corrected in a spreadsheet and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from care.domain.access import Right, Scope
from care.services.exercises.editing import Written
from care.services.exercises.rooms import exercise_row
from care.services.exercises.versions import thing_of
from care.services.exercises.words import CHANNELS, NO, YES
from care.services.exercises.workbook_columns import (
    REACTION_COLUMNS,
    REACTIONS,
    STIMULI,
    STIMULUS_COLUMNS,
    TOLD,
    Words,
    cell_of,
)
from care.services.platform import Platform
from care.services.trail import record
from exercises.kit import Kit
from reports.chronogram_sheets import Filled, FilledColumn, FilledSheet, filled_xlsx
from scanners.model import Text

_EXPLAINED = Text("Lisez-moi", "Read me")
_LISTS = Text("Listes", "Lists")
_WIDTHS = {
    "id": 8, "at": 8, "hour": 10, "phase": 18, "sender": 24, "to": 24, "channel": 14, "title": 30, "body": 70,
    "attachments": 20, "expected": 45, "mandatory": 12, "when": 24, "hint": 40,
    "stimulus": 10, "text": 60, "within": 10, "weight": 8, "objective": 18, "cell": 20,
}  # fmt: skip
_READ_ME: tuple[tuple[Text, Text], ...] = (
    (
        Text("À quoi sert ce classeur", "What this workbook is for"),
        Text(
            "C’est le chronogramme de l’exercice. Corrigez-le ici, enregistrez-le au format .xlsx, relisez-le dans "
            "CaRE : chaque différence est montrée, et rien ne change avant votre confirmation.",
            "It is the chronogram of the exercise. Correct it here, save it as .xlsx, then read it back in CaRE: every "
            "difference is shown, and nothing changes before you confirm.",
        ),
    ),
    (
        Text("Confidentiel", "Confidential"),
        Text(
            "Il dit tout ce qui va arriver : ne l’envoyez à aucun joueur.",
            "It says everything that will happen: send it to no player.",
        ),
    ),
    (
        Text("Une ligne par stimulus", "One line for each stimulus"),
        Text(
            "Le repère est imprimé sur la carte (S07, R2) ; le changer retire l’ancien stimulus et en ajoute un. La "
            "minute compte depuis DEBEX ; vide, le stimulus est en réserve. Effacer une ligne retire le stimulus.",
            "The id is printed on the card (S07, R2); changing it removes the former stimulus and adds one. The minute "
            "counts from STARTEX; empty, the stimulus is in reserve. Deleting a line removes the stimulus.",
        ),
    ),
    (
        Text("Colonnes grises", "Grey columns"),
        Text(
            "L’heure prévue, la phase et le rappel des réactions sont écrits pour vous et ne sont pas relus.",
            "The planned hour, the phase and the reminder of reactions are written for you and never read back.",
        ),
    ),
    (
        Text("Destinataires, pièces jointes", "Receivers, attachments"),
        Text(
            "Plusieurs noms se séparent par un point-virgule. Une pièce jointe est un document déjà déposé dans CaRE.",
            "Several names are separated by a semicolon. An attachment is a document already uploaded to CaRE.",
        ),
    ),
    (
        Text("Conditions", "Conditions"),
        Text(
            "Une par ligne dans la cellule : « S01.a = non observée », ou « décision = réponse » avec leurs repères. "
            "Toutes doivent être remplies quand l’heure du stimulus vient.",
            "One a line in the cell: “S01.a = not observed”, or “decision = answer” by their ids. All must hold when "
            "the time of the stimulus comes.",
        ),
    ),
    (
        Text("Réactions attendues", "Expected reactions"),
        Text(
            "Une ligne par réaction, dans l’autre feuille : le stimulus, une lettre, ce que les joueurs devraient "
            "faire, en combien de minutes, son poids de 1 à 5, l’objectif mesuré, la cellule où l’observer (vide : la "
            "première qui reçoit le stimulus).",
            "One line for each reaction, in the other sheet: the stimulus, a letter, what players should do, in how "
            "many minutes, its weight from 1 to 5, the objective measured, the cell to observe (empty: the first one "
            "that receives the stimulus).",
        ),
    ),
    (
        Text("Mots entre accolades", "Words in braces"),
        Text(
            "{{mot}} est remplacé par celui de l’établissement ; ces mots se choisissent dans CaRE.",
            "{{word}} is replaced by the establishment’s own; these words are chosen in CaRE.",
        ),
    ),
)


def chronogram_workbook(platform: Platform, scope: Scope, exercise_id: int) -> bytes:
    """The chronogram of an exercise as XLSX, in the reader's language; the trail keeps who took it."""
    with platform.database.write() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        thing = thing_of(row)
        record(session, scope, "exercise.chronogram_taken", thing, platform.clock.now())
        begins = row.planned_at.astimezone(ZoneInfo(platform.settings.timezone))
        return workbook_of(row.content, row.title, scope.lang, begins)


def kit_workbook(kit: Kit, lang: str) -> bytes:
    """The chronogram of a kit that nobody has planned yet."""
    return workbook_of(kit.model_dump(mode="json", by_alias=True), kit.title, lang, None)


def workbook_of(content: Written, title: str, lang: str, begins: datetime | None) -> bytes:
    """The workbook; `begins` is the hour of DEBEX in the reader's time zone."""
    words = Words.of(content, lang)
    documents = sorted({name for one in content["stimuli"] for name in one["attachments"]})
    stimuli = FilledSheet(
        STIMULI.render(lang),
        _columns(STIMULUS_COLUMNS, content, words, documents),
        [_stimulus(one, content, words, begins) for one in content["stimuli"]],
    )
    reactions = FilledSheet(
        REACTIONS.render(lang), _columns(REACTION_COLUMNS, content, words, ()), list(_reactions(content, words))
    )
    objectives = [(one["id"], one["text"]) for one in content["objectives"]]
    decisions = [(one["id"], f"{one['question']} {_options(one)}") for one in content["decisions"]]
    known = Text("Objectifs", "Objectives"), Text("Décisions", "Decisions")
    explains = [(heading.render(lang), words_.render(lang)) for heading, words_ in _READ_ME]
    for heading, pairs in zip(known, (objectives, decisions), strict=True):
        explains += [("", ""), (heading.render(lang), ""), *pairs] if pairs else []
    return filled_xlsx(
        Filled(title, [stimuli, reactions], _EXPLAINED.render(lang), tuple(explains), _LISTS.render(lang))
    )


def _options(decision: Written) -> str:
    return " · ".join(f"{one['id']} = {one['label']}" for one in decision["options"])


def _columns(
    names: Mapping[str, Text], content: Written, words: Words, documents: list[str] | tuple[()]
) -> list[FilledColumn]:
    choices: dict[str, list[str]] = {
        "to": list(words.cells.values()),
        "cell": list(words.cells.values()),
        "channel": [one.render(words.lang) for one in CHANNELS.values()],
        "mandatory": [YES.render(words.lang), NO.render(words.lang)],
        "attachments": list(documents),
        "objective": [one["id"] for one in content["objectives"]],
        "stimulus": [one["id"] for one in content["stimuli"]],
        "weight": [str(n) for n in range(1, 6)],
    }
    free = {"to", "attachments", "stimulus", "weight"}
    return [
        FilledColumn(
            heading.render(words.lang), _WIDTHS[name], tuple(choices.get(name, ())), name in free, name in TOLD
        )
        for name, heading in names.items()
    ]


def _stimulus(one: Written, content: Written, words: Words, begins: datetime | None) -> list[str | int | None]:
    told = {
        "hour": "" if begins is None or one["at"] is None else f"{begins + timedelta(minutes=one['at']):%H:%M}",
        "phase": phase_of(one["at"], content),
        "expected": "\n".join(f"{each['id']}. {each['text']} ({each['within']} min)" for each in one["expects"]),
    }
    return [told[name] if name in TOLD else cell_of(name, one, words) for name in STIMULUS_COLUMNS]


def phase_of(at: int | None, content: Written) -> str:
    """The title of the phase in which a minute falls; "" for a reserve."""
    if at is None:
        return ""
    found: list[str] = [one["title"] for one in content["phases"] if one["start"] <= at]
    return found[-1] if found else ""


def _reactions(content: Written, words: Words) -> Iterator[list[str | int | None]]:
    for stimulus in content["stimuli"]:
        for one in stimulus["expects"]:
            named = {**one, "stimulus": stimulus["id"]}
            yield [cell_of(name, named, words) for name in REACTION_COLUMNS]
