"""The form of a stimulus, and the rows of what stimuli are made for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from care.services.errors import Invalid
from care.services.exercises.chronogram import StimulusPage, condition_key, condition_of
from care.web import labels
from care.web.evidence.forms import MultiCheckboxField
from care.web.forms import Form, options
from care.web.language import current_language
from exercises.kit import Channel, Condition

_KEY = re.compile(r"(?P<name>[a-z]+)(?:\[(?P<row>\d+)\])?(?:\.(?P<part>[a-z]+))?")
BLANK_ROWS = 2
"""Rows offered beyond those filled in: saving offers more."""
MOST_REACTIONS = 10
MOST_CONDITIONS = 5
"""Bounds of the format."""


class ReactionForm(Form):
    """One expected reaction."""

    id = HiddenField()
    text = TextAreaField(_("Ce que les joueurs devraient faire"), [Optional()], render_kw={"rows": 2})
    within = IntegerField(_("En combien de minutes"), [Optional()])
    weight = SelectField(_("Poids"), [Optional()])
    objective = SelectField(_("Objectif"), [Optional()])
    cell = SelectField(_("Cellule observée"), [Optional()])


class StimulusForm(Form):
    """A stimulus; `mark` is that of what was read."""

    id = StringField(_("Repère"), [InputRequired()], description=_("Imprimé sur la carte : S07, R2."))
    at = IntegerField(
        _("Minute"), [Optional()], description=_("Après DEBEX. Vide : en réserve, joué à la main."),
        render_kw={"inputmode": "numeric"},
    )  # fmt: skip
    channel = SelectField(_("Canal"), [InputRequired()])
    sender = StringField(_("Qui parle"), [InputRequired()])
    to = MultiCheckboxField(_("Cellules qui le reçoivent"), [Optional()])
    title = StringField(_("Titre"), [InputRequired()])
    body = TextAreaField(_("Message"), [InputRequired()], render_kw={"rows": 9})
    hint = TextAreaField(
        _("Consigne pour l’animation"), [Optional()],
        description=_("Le ton, quoi répondre si l’on vous interroge."), render_kw={"rows": 2},
    )  # fmt: skip
    attachments = MultiCheckboxField(_("Documents joints"), [Optional()])
    mandatory = BooleanField(_("Obligatoire : l’exercice n’a plus de sens sans lui"))
    expects = FieldList(FormField(ReactionForm))
    when = FieldList(SelectField(_("Condition"), [Optional()]))
    mark = HiddenField()

    def prepare(self, page: StimulusPage) -> None:
        """Offer what the exercise has."""
        self.channel.choices = options((one.value, labels.CHANNEL[one]) for one in Channel)
        self.to.choices = options(page.cells.items())
        self.attachments.choices = options((name, name) for name in page.documents)
        self._add_rows()
        first = ("", _("La première qui le reçoit"))
        for row in self.expects:
            for one in row.form:  # a row may be left blank, not a part of it
                one.flags.optional = None
            row.form.weight.choices = options((str(n), str(n)) for n in range(1, 6))
            row.form.objective.choices = options((key, _short(text)) for key, text in page.objectives.items())
            row.form.cell.choices = options([first, *page.cells.items()])
        for choice in self.when:
            choice.choices = options(
                [("", _("Aucune")), *((key, _short(text)) for key, text in page.conditions.items())]
            )

    def _add_rows(self) -> None:
        while len(self.expects) < MOST_REACTIONS and sum(not row.form.text.data for row in self.expects) < BLANK_ROWS:
            self.expects.append_entry({"weight": "1"})
        while len(self.when) < MOST_CONDITIONS and all(one.data for one in self.when):
            self.when.append_entry()

    def typed(self) -> dict[str, Any]:
        """What was typed, as a kit writes it."""
        return {
            "id": (self.id.data or "").strip().upper(),
            "at": self.at.data,
            "sender": self.sender.data or "",
            "to": list(self.to.data or ()),
            "channel": self.channel.data,
            "title": self.title.data or "",
            "body": self.body.data or "",
            "attachments": list(self.attachments.data or ()),
            "expects": [
                _reaction(row.form, letter) for row, letter in zip(self.filled(), self._letters(), strict=True)
            ],
            "when": [condition_of(one.data) for one in self.when if one.data],
            "mandatory": bool(self.mandatory.data),
            "hint": self.hint.data or None,
        }

    def _reactions(self) -> list[dict[str, Any]]:
        return [_reaction(row.form, letter) for row, letter in zip(self.filled(), self._letters(), strict=True)]

    def filled(self) -> list[Any]:
        """The rows of reactions that say something."""
        return [row for row in self.expects if (row.form.text.data or "").strip()]

    def _letters(self) -> list[str]:
        """The letter of each row: its own, else the next free one."""
        taken = {row.form.id.data for row in self.expects}
        free = iter(letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in taken)
        return [row.form.id.data or next(free) for row in self.filled()]

    def blame(self, refusal: Invalid) -> None:
        """Put each sentence beside its field, down to the row of a reaction."""
        for key, text in refusal.fields.items():
            words = text.render(current_language())
            field = self._field(key)
            if field is None:
                self.other_errors.append(words)
            else:
                field.errors = [*field.errors, words]

    def _field(self, key: str) -> Any:  # noqa: ANN401 - a field of WTForms
        found = _KEY.match(key)
        if found is None or found["name"] not in self._fields:
            return None
        if found["name"] == "expects" and found["row"]:
            row = self.filled()[int(found["row"]) - 1].form
            return row[found["part"]] if found["part"] in row._fields else row.text
        if found["name"] == "when":
            return self.when[int(found["row"] or 1) - 1]
        return self._fields[found["name"]]


def _reaction(row: ReactionForm, letter: str) -> dict[str, Any]:
    return {
        "id": letter,
        "text": (row.text.data or "").strip(),
        "within": row.within.data,
        "objective": row.objective.data,
        "weight": int(row.weight.data) if str(row.weight.data).isdigit() else row.weight.data,
        "cell": row.cell.data or None,
    }


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:88]}…"


def stimulus_form(page: StimulusPage, given: Any = None) -> StimulusForm:  # noqa: ANN401 - what werkzeug gives
    """The form of a stimulus: as recorded, or as sent."""
    raw = page.raw
    if given is not None or raw is None:
        form = StimulusForm(given)
    else:
        when = [condition_key(Condition.model_validate(one)) for one in raw["when"]]
        rows = [{**one, "weight": str(one["weight"]), "cell": one["cell"] or ""} for one in raw["expects"]]
        form = StimulusForm(data={**raw, "expects": rows, "when": when, "mark": page.mark})
    form.prepare(page)
    return form


@dataclass(frozen=True)
class Column:
    """A field of a row: its name in a kit, its words, how it is typed (`line`, `text`, `lines`, `number`)."""

    name: str
    words: Any
    kind: str = "line"


@dataclass(frozen=True)
class PartForm:
    """How a part of a kit is edited: its title, what to know, its columns; whether rows may come and go."""

    title: Any
    help: Any
    columns: tuple[Column, ...]
    grows: bool = True


PARTS: Mapping[str, PartForm] = {
    "cells": PartForm(
        _("Cellules"),
        _(
            "Une cellule est un groupe de joueurs avec une boîte de réception. Une nouvelle reçoit les mêmes stimuli "
            "que celle que vous choisissez."
        ),
        (
            Column("name", _("Nom")),
            Column("mission", _("Mission"), "text"),
            Column("functions", _("Fonctions, une par ligne"), "lines"),
        ),
    ),
    "phases": PartForm(
        _("Phases"),
        _("Les chapitres de l’exercice. La première commence à 0."),
        (Column("title", _("Titre")), Column("start", _("Commence à la minute"), "number")),
    ),
    "objectives": PartForm(
        _("Objectifs"),
        _(
            "Ce que l’exercice doit montrer. Leurs références les relient à CaRE, à la certification et à la maturité "
            "de crise."
        ),
        (Column("text", _("Objectif"), "text"), Column("references", _("Références, une par ligne"), "lines")),
        grows=False,
    ),
    "decisions": PartForm(
        _("Décisions"),
        _("Les embranchements : l’animation dit ce que les joueurs ont décidé, et la suite en dépend."),
        (Column("question", _("Question"), "text"), Column("options", _("Réponses, une par ligne"), "lines")),
    ),
}  # fmt: skip


Row = dict[str, str]


def rows_of(part: str, raw: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows of a part as recorded, and a blank one where it may grow."""
    rows = [{"id": one["id"], **{each.name: _shown(one[each.name]) for each in PARTS[part].columns}} for one in raw]
    return [*rows, *([{}] if PARTS[part].grows else [])]


def _shown(value: Any) -> str:  # noqa: ANN401 - a value of a kit
    if isinstance(value, list):
        return "\n".join(one["label"] if isinstance(one, dict) else str(one) for one in value)
    return str(value)


def rows_sent(part: str, given: MultiDict[str, str]) -> list[Row]:
    """The rows that were sent."""
    names = ("id", "like", "drop", *(one.name for one in PARTS[part].columns))
    count = len(given.getlist("id"))
    return [
        {name: given.get(f"{name}-{n}", "") for name in names} | {"id": given.getlist("id")[n]} for n in range(count)
    ]


def kept_rows(part: str, rows: Sequence[Row]) -> list[tuple[int, Row]]:
    """The rows to record, with their place in the form: neither dropped nor blank."""
    columns = [one.name for one in PARTS[part].columns]
    return [
        (n, row)
        for n, row in enumerate(rows)
        if not row.get("drop") and (row["id"] or any(row.get(name, "").strip() for name in columns))
    ]


def typed_row(part: str, row: Row, raw: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row as a kit writes it."""
    known = next((one for one in raw if one["id"] == row["id"]), {})
    typed: dict[str, Any] = {"id": row["id"], **({"like": row["like"]} if row.get("like") else {})}
    for column in PARTS[part].columns:
        typed[column.name] = _typed(column, row.get(column.name, ""), known)
    return typed


def _typed(column: Column, words: str, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a value of a kit
    if column.kind == "number":
        return int(words) if words.strip().isdigit() else (words.strip() or None)
    if column.kind != "lines":
        return words.strip().replace("\r\n", "\n")
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return _options(lines, known.get("options", [])) if column.name == "options" else lines


def _options(lines: Sequence[str], known: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The options of a decision: those of before keep their id in their order, conditions name them."""
    ids = [one["id"] for one in known]
    fresh = iter(f"option_{n}" for n in range(1, 100) if f"option_{n}" not in ids)
    return [{"id": ids[n] if n < len(ids) else next(fresh), "label": line} for n, line in enumerate(lines)]


class DocumentForm(Form):
    """A document to add."""

    file = FileField(
        _("Document"), [Optional()],
        description=_("10 Mo au plus : PDF, image, son, texte, bureautique. Du même nom, il remplace le précédent."),
        render_kw={"data-max-bytes": "10000000"},
    )  # fmt: skip


class WorkbookForm(Form):
    """A workbook to read."""

    file = FileField(_("Classeur (.xlsx)"), render_kw={"accept": ".xlsx", "data-max-bytes": "10000000"})
