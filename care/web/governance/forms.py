"""Forms of governance."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FileField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.frameworks import Confidence
from care.domain.governance import GovernanceKit, month_of, written_month
from care.services.governance.budget_writing import MAX_SOURCE, BudgetDraft
from care.services.governance.budgets import YearView
from care.services.governance.committee_writing import MAX_ATTENDEES, MeetingDraft
from care.services.governance.committees import Meeting
from care.services.governance.figure_writing import MAX_EXPLANATION, FigureDraft
from care.services.governance.figures import MonthView
from care.services.governance.role_writing import MAX_NAME, MAX_NOTE, RoleDraft, TargetDraft
from care.services.governance.roles import RoleView, TargetView
from care.services.typed_texts import MAX_TEXT
from care.web import labels
from care.web.days import EARLIEST, DayField
from care.web.forms import Form, options
from care.web.language import current_language

_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
_NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}
_HELD = {"yes": True, "no": False, "": None}


class RoleForm(Form):
    """Who holds a function; `version` is the one that was read."""

    function = SelectField(_("Fonction"), [InputRequired()])
    name = StringField(
        _("Personne nommée"),
        [Optional(), Length(max=MAX_NAME)],
        description=_("Laissez vide pour un poste à pourvoir : il ressort alors comme vacant."),
    )
    fte = StringField(
        _("Temps consacré, en ETP"),
        [Optional(), Length(max=12)],
        description=_("0,5 pour un mi-temps. Vide si personne ne le sait."),
        render_kw=_DECIMAL,
    )
    shared = BooleanField(
        _("Sert aussi les autres établissements du groupement"),
        description=_("La personne apparaît alors chez eux, avec le nom de qui la porte."),
    )
    appointed_on = DayField(_("Nommée le"), [Optional()])
    ended_on = DayField(
        _("Fin de la fonction"), [Optional()], description=_("Le premier jour où elle ne l’exerce plus.")
    )
    note = StringField(_("Remarque"), [Optional(), Length(max=MAX_NOTE)])
    version = HiddenField()

    def prepare(self, kit: GovernanceKit) -> None:
        """Offer the functions."""
        lang = current_language()
        self.function.choices = options((one.id, one.title.render(lang)) for one in kit.functions.values())

    def fill(self, role: RoleView) -> None:
        """Start from what is known."""
        self.function.data, self.name.data, self.fte.data = role.function, role.name, role.fte
        self.shared.data, self.appointed_on.data, self.ended_on.data = role.shared, role.appointed_on, role.ended_on
        self.note.data, self.version.data = role.note, str(role.version)

    def draft(self) -> RoleDraft:
        """What was typed in; the form is valid."""
        return RoleDraft(
            function=self.function.data,
            name=self.name.data or "",
            fte=self.fte.data or "",
            shared=bool(self.shared.data),
            appointed_on=self.appointed_on.data,
            ended_on=self.ended_on.data,
            note=self.note.data or "",
        )


class SizingForm(Form):
    """How many people are wanted for a function."""

    fte = StringField(
        _("Cible, en ETP"),
        [Optional(), Length(max=12)],
        description=_("Vide pour retirer la cible."),
        render_kw=_DECIMAL,
    )
    source = StringField(
        _("Source de la cible"),
        [Optional(), Length(max=MAX_SOURCE)],
        description=_("Le texte, la délibération ou le choix du groupement, avec sa date."),
    )
    confidence = SelectField(_("Degré de confiance"), [InputRequired()])
    version = HiddenField()

    def prepare(self) -> None:
        """Offer the degrees of confidence."""
        own = gettext("Choix interne")
        words = {**labels.FRAMEWORK_CONFIDENCE, Confidence.OURS: own}
        self.confidence.choices = options((one.value, words[one]) for one in Confidence)

    def fill(self, target: TargetView | None) -> None:
        """Start from what is known."""
        self.confidence.data = (target.confidence if target else Confidence.OURS).value
        self.version.data = str(target.version if target else 0)
        if target:
            self.fte.data, self.source.data = target.fte, target.source

    def draft(self) -> TargetDraft:
        """What was typed in; the form is valid."""
        return TargetDraft(self.fte.data or "", self.source.data or "", Confidence(self.confidence.data))


class BudgetForm(Form):
    """What a holder says of a year, in whole euros."""

    operating = StringField(
        _("Dépenses de fonctionnement, en euros"),
        [Optional(), Length(max=24)],
        description=_("L’ensemble, tous titres confondus. Vide si personne ne le sait."),
        render_kw=_NUMERIC,
    )
    digital = StringField(_("Dont numérique"), [Optional(), Length(max=24)], render_kw=_NUMERIC)
    cyber = StringField(
        _("Dont cybersécurité"),
        [Optional(), Length(max=24)],
        description=_("Une part du numérique."),
        render_kw=_NUMERIC,
    )
    source = StringField(
        _("Source"),
        [Optional(), Length(max=MAX_SOURCE)],
        description=_("EPRD, compte financier, contrôle de gestion…"),
    )
    voted = BooleanField(
        _("Budget voté (EPRD), pas encore des dépenses constatées"),
        description=_("À décocher quand le compte financier est connu."),
    )
    version = HiddenField()

    def fill(self, year: YearView | None) -> None:
        """Start from what the holder itself said."""
        self.version.data = str(year.version if year else 0)
        if year is None:
            return
        for name in ("operating", "digital", "cyber"):
            amount = getattr(year, name)
            self[name].data = str(amount.value) if amount.own else ""
        self.source.data, self.voted.data = year.source, year.voted and year.version > 0

    def draft(self) -> BudgetDraft:
        """What was typed in; the form is valid."""
        texts = {name: self[name].data or "" for name in ("operating", "digital", "cyber", "source")}
        return BudgetDraft(**texts, voted=bool(self.voted.data))


class MeetingForm(Form):
    """A meeting of a committee."""

    kind = SelectField(_("Comité"), [InputRequired()])
    held_on = DayField(_("Date"), [InputRequired()])
    held = RadioField(
        _("La réunion s’est-elle tenue ?"),
        [Optional()],
        choices=options([("", _("Pas encore dit")), ("yes", _("Oui")), ("no", _("Non, elle n’a pas eu lieu"))]),
        default="",
    )
    attendees = TextAreaField(_("Participants"), [Optional(), Length(max=MAX_ATTENDEES)], render_kw={"rows": 3})
    decisions = TextAreaField(
        _("Décisions"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Une par ligne : chacune peut devenir une action."),
        render_kw={"rows": 6},
    )
    version = HiddenField()

    def prepare(self, kit: GovernanceKit) -> None:
        """Offer the committees."""
        lang = current_language()
        self.kind.choices = options((one.id, one.title.render(lang)) for one in kit.committees.values())

    def fill(self, meeting: Meeting) -> None:
        """Start from what is known."""
        self.kind.data, self.held_on.data = meeting.kind, meeting.held_on
        self.held.data = {True: "yes", False: "no", None: ""}[meeting.held]
        self.attendees.data, self.decisions.data = meeting.attendees, meeting.text
        self.version.data = str(meeting.version)

    def draft(self) -> MeetingDraft:
        """What was typed in; the form is valid."""
        return MeetingDraft(
            kind=self.kind.data,
            held_on=self.held_on.data or EARLIEST,
            held=_HELD.get(self.held.data or ""),
            attendees=self.attendees.data or "",
            decisions=self.decisions.data or "",
        )


class FigureForm(Form):
    """The figure of a month."""

    month = HiddenField(_("Mois"))
    part = StringField(_("Nombre"), [InputRequired(), Length(max=16)], render_kw=_NUMERIC)
    whole = StringField(_("Sur un total de"), [InputRequired(), Length(max=16)], render_kw=_NUMERIC)
    source = StringField(
        _("Source"),
        [InputRequired(), Length(max=MAX_SOURCE)],
        description=_("L’outil, la requête ou le tableau de bord d’où il vient."),
    )
    unknown = StringField(
        _("Inconnus, en plus du total"),
        [Optional(), Length(max=16)],
        description=_("Ce dont on ne sait de quel côté le compter : la marge d’incertitude les compte des deux."),
        render_kw=_NUMERIC,
    )
    explanation = TextAreaField(
        _("Explication d’une forte variation"),
        [Optional(), Length(max=MAX_EXPLANATION)],
        description=_(
            "À partir de 10 points d’un relevé à l’autre : ce qui a changé, dans les faits ou dans la méthode."
        ),
        render_kw={"rows": 3},
    )
    version = HiddenField()

    @property
    def named(self) -> str:
        """The month in words; as it was sent when it is none."""
        try:
            return written_month(month_of(self.month.data or ""), current_language())
        except ValueError:
            return (self.month.data or "")[:20]

    def fill(self, month: MonthView) -> None:
        """Start from what is known of a month."""
        self.month.data, self.version.data = f"{month.month:%Y-%m}", str(month.version)
        if month.version:
            self.part.data, self.whole.data, self.source.data = str(month.part), str(month.whole), month.source
            self.unknown.data, self.explanation.data = str(month.unknown or ""), month.explanation

    def draft(self) -> FigureDraft:
        """What was typed in; the form is valid."""
        counted = self.month.data or "", self.part.data or "", self.whole.data or "", self.source.data or ""
        return FigureDraft(*counted, self.unknown.data or "", self.explanation.data or "")


class FiguresFileForm(Form):
    """Months read from a file: CSV or workbook, or lines pasted."""

    file = FileField(_("Fichier CSV ou classeur .xlsx"), [Optional()], render_kw={"accept": ".csv,.txt,.tsv,.xlsx"})
    lines = TextAreaField(
        _("Ou ses lignes, collées"), [Optional()], render_kw={"rows": 6, "spellcheck": "false", "autocomplete": "off"}
    )
    source = StringField(
        _("Source des lignes qui n’en disent pas"),
        [Optional(), Length(max=MAX_SOURCE)],
        description=_("L’outil ou le tableau de bord d’où vient ce fichier."),
    )
