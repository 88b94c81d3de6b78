"""Forms of the awareness plan: a session with its attendance, a test of phishing, the people of a year."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FileField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.awareness import MOST_PEOPLE, Attendance, Headcount, PhishingCounts, PhishingResults, SessionKind
from care.services.awareness import MAX_SOURCE, MAX_TITLE, SessionDraft, YearDraft, results_of, written_results
from care.services.awareness_reading import AttendanceRow, SessionView, YearRow
from care.services.errors import Invalid
from care.services.typed_texts import MAX_TEXT
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.language import current_language
from scanners.model import Text

HELD = tuple(kind for kind in SessionKind if kind is not SessionKind.PHISHING)
_COUNT = Text("Un nombre entier de personnes est attendu.", "A whole number of people is expected.")


class _Grid:
    """Counts typed by profession: `<name>-<profession>` for each of `names`. A plain part of a form, not a field."""

    def __init__(self, professions: Mapping[str, str], names: Sequence[str]) -> None:
        self.professions, self.names = professions, names
        self.typed: dict[str, dict[str, str]] = {one: dict.fromkeys(names, "") for one in professions}
        self.wrong: dict[str, str] = {}

    def read(self, sent: Mapping[str, str]) -> None:
        """What was typed."""
        for one in self.professions:
            self.typed[one] = {name: sent.get(f"{name}-{one}", "").strip() for name in self.names}

    def show(self, profession: str, values: Mapping[str, int | None]) -> None:
        """Start from what is known."""
        if profession in self.typed:
            self.typed[profession] = {name: "" if values[name] is None else str(values[name]) for name in self.names}

    def counts(self) -> dict[str, dict[str, int | None]]:
        """The counts of the professions of which something was typed. Invalid names those that are no numbers."""
        found: dict[str, dict[str, int | None]] = {}
        faults: dict[str, Text] = {}
        for one, cells in self.typed.items():
            if not any(cells.values()):
                continue
            if not all(cell.isascii() and cell.isdecimal() and len(cell) < 8 for cell in cells.values() if cell):
                faults[f"people-{one}"] = _COUNT
                continue
            found[one] = {name: int(cell) if cell else None for name, cell in cells.items()}
        if faults:
            raise Invalid(faults)
        return found


class SessionForm(Form):
    """A session, a campaign or a training."""

    kind = RadioField(_("Nature"), [InputRequired()], default=SessionKind.SESSION.value)
    title = StringField(
        _("Titre"),
        [InputRequired(), Length(max=MAX_TITLE)],
        description=_("Par exemple : « Reconnaître un mail piégé, équipe de nuit »."),
    )
    held_on = DayField(_("Date"), [InputRequired()])
    planned = BooleanField(_("Prévu : cela n’a pas encore eu lieu"))
    digital_risk = BooleanField(_("Porte sur le risque numérique"), default=True)
    note = TextAreaField(
        _("Précisions"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Contenu, intervenant, supports. Pas de nom de participant."),
        render_kw={"rows": 4},
    )
    version = HiddenField()

    def prepare(self, professions: Mapping[str, str], sent: Mapping[str, str] | None = None) -> None:
        """Offer kinds and professions; read what was typed of each."""
        self.kind.choices = options((kind.value, labels.AWARENESS_KIND[kind]) for kind in HELD)
        self.grid = _Grid(professions, ("asked", "came"))
        if sent is not None:
            self.grid.read(sent)

    def show(self, view: SessionView) -> None:
        """Start from what is known."""
        line = view.line
        self.kind.data, self.title.data, self.held_on.data = line.kind.value, line.title, line.held_on
        self.planned.data, self.digital_risk.data, self.note.data = line.planned, line.digital_risk, line.note
        for row in view.rows:
            _show_attendance(self.grid, row)

    def draft(self) -> SessionDraft:
        """What was typed in; the form is valid. Invalid when a count is none."""
        people = {name: Attendance(one["asked"], one["came"]) for name, one in self.grid.counts().items()}
        return SessionDraft(
            kind=SessionKind(self.kind.data),
            title=self.title.data or "",
            held_on=_day(self.held_on.data),
            planned=bool(self.planned.data),
            digital_risk=bool(self.digital_risk.data),
            people=people,
            note=self.note.data or "",
        )

    def blame(self, refusal: Invalid) -> None:
        """What is wrong in the counts stands beside them."""
        blame_with(self, self.grid, refusal)


def _show_attendance(grid: _Grid, row: AttendanceRow) -> None:
    grid.show(row.profession, {"asked": row.attendance.asked, "came": row.attendance.came})


def blame_with(form: Form, grid: _Grid, refusal: Invalid) -> None:
    """Put each sentence beside its field, or beside the line of its profession."""
    others: dict[str, Text] = {}
    for name, text in refusal.fields.items():
        if name.startswith("people-"):
            grid.wrong[name.removeprefix("people-")] = text.render(current_language())
        else:
            others[name] = text
    if others:
        Form.blame(form, Invalid(others))


def _day(typed: date | None) -> date:
    if typed is None:
        raise Invalid({"held_on": Text("Donnez une date.", "Give a date.")})
    return typed


_COUNTS = [Optional(), NumberRange(0, MOST_PEOPLE)]


class PhishingForm(Form):
    """The counts of a test of phishing; `groups` carries those of the file, as JSON."""

    title = StringField(
        _("Nom du test"), [InputRequired(), Length(max=MAX_TITLE)], description=_("Par exemple : « Faux mail de paie »")
    )
    held_on = DayField(_("Date d’envoi"), [InputRequired()])
    sent = IntegerField(_("Messages envoyés"), [InputRequired(), NumberRange(1, MOST_PEOPLE)])
    opened = IntegerField(
        _("Ouverts"),
        _COUNTS,
        description=_("Indicatif : beaucoup de messageries n’affichent pas l’image qui le révèle."),
    )
    clicked = IntegerField(_("Ont cliqué"), _COUNTS)
    submitted = IntegerField(_("Ont saisi des données"), _COUNTS)
    reported = IntegerField(
        _("Ont signalé le message"),
        _COUNTS,
        description=_("Laissez vide si les signalements n’étaient pas relevés : vide n’est pas zéro."),
    )
    note = TextAreaField(
        _("Précisions"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Le piège, sa difficulté : deux tests de difficulté différente ne se comparent pas."),
        render_kw={"rows": 3},
    )
    groups = HiddenField()
    version = HiddenField()

    def show(self, view: SessionView) -> None:
        """Start from what is known."""
        line = view.line
        self.title.data, self.held_on.data, self.note.data = line.title, line.held_on, line.note
        if line.results:
            self.fill(line.results)

    def fill(self, results: PhishingResults) -> None:
        """Start from the counts of a file."""
        for name, value in results.all.facts().items():
            self[name].data = value
        self.groups.data = json.dumps(written_results(results), ensure_ascii=False) if results.groups else ""

    @property
    def apart(self) -> PhishingResults | None:
        """The groups carried; None when there are none or they are not ours."""
        try:
            kept: Any = json.loads(self.groups.data or "null")
            return results_of(kept) if isinstance(kept, dict) else None
        except (ValueError, RecursionError):
            return None

    def draft(self) -> SessionDraft:
        """What was typed in; the form is valid."""
        apart = self.apart
        counts = PhishingCounts(
            self.sent.data or 0, self.opened.data, self.clicked.data, self.submitted.data, self.reported.data
        )
        results = PhishingResults(counts, apart.groups if apart else {}, apart.others if apart else None)
        title, day = self.title.data or "", _day(self.held_on.data)
        return SessionDraft(SessionKind.PHISHING, title, day, note=self.note.data or "", results=results)


class ResultsForm(Form):
    """The export of a tool of phishing tests."""

    file = FileField(
        _("Fichier"),
        [Optional()],
        description=_(
            "CSV ou XLSX : « Results » ou « Raw events » de GoPhish, ou un tableau par personne ou par groupe."
        ),
    )


class YearForm(Form):
    """What the establishment knows of the people of a year."""

    source = StringField(
        _("D’où viennent ces nombres"),
        [Optional(), Length(max=MAX_SOURCE)],
        description=_("Par exemple : « Bilan de formation 2026, DRH »."),
    )
    version = HiddenField()

    def prepare(self, professions: Mapping[str, str], sent: Mapping[str, str] | None = None) -> None:
        """Offer professions; read what was typed of each."""
        self.grid = _Grid(professions, ("staff", "reached", "trained"))
        if sent is not None:
            self.grid.read(sent)

    def show(self, rows: Sequence[YearRow], source: str) -> None:
        """Start from what is known."""
        self.source.data = source
        for row in rows:
            known = row.known
            self.grid.show(row.profession, {"staff": known.staff, "reached": known.reached, "trained": known.trained})

    def draft(self) -> YearDraft:
        """What was typed in; the form is valid. Invalid when a count is none."""
        counts = self.grid.counts().items()
        return YearDraft(
            {name: Headcount(one["staff"], one["reached"], one["trained"]) for name, one in counts},
            self.source.data or "",
        )

    def blame(self, refusal: Invalid) -> None:
        """What is wrong in the counts stands beside them."""
        blame_with(self, self.grid, refusal)
