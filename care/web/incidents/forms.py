"""The forms of incidents: the first minute asks for three things; everything else comes later, and may stay blank."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.incidents import WRITTEN, Happening
from care.domain.programme import Extent, Gravity, IncidentKind, PatientImpact
from care.services.incidents.clocks import LONGEST_DECLARATION, MAX_NOTE, MAX_REFERENCE, NoticeAct, NoticeDraft
from care.services.incidents.rows import MAX_TEXT
from care.services.incidents.writing import MAX_CAUSE, EventDraft, FirstWords, IncidentDraft
from care.services.typed_texts import MAX_LINE
from care.web import labels
from care.web.continuity.forms import DurationField
from care.web.days import DayField
from care.web.exercises.forms import MOMENT, MomentField
from care.web.forms import Form, options
from care.web.logbooks.forms import happened
from care.web.pages import row_number

_ANSWERS = {"": None, "yes": True, "no": False}
_ROWS = {"rows": 3}
_TEXTS = ("title", "cause", "description", "services")
_YES_NO = ("degraded_mode", "confidentiality", "integrity", "availability", "personal_data", "others_exposed")


def _answer(value: bool | None) -> str:
    return {None: "", True: "yes", False: "no"}[value]


def _moment(field: MomentField) -> datetime | None:
    return field.moment if field.data else None


class FirstForm(Form):
    """What is known in the first minute. `logbook` when the incident is opened from one."""

    title = StringField(
        _("Que se passe-t-il ?"), [InputRequired(), Length(max=MAX_LINE)], description=_("En quelques mots.")
    )
    detected_at = MomentField(
        _("Détecté à"), [InputRequired()], format=MOMENT, description=_("Les délais de déclaration partent de là.")
    )
    services = TextAreaField(_("Qu’est-ce qui est touché ?"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 2})
    logbook = HiddenField()

    def words(self) -> FirstWords:
        """What was typed in; the form is valid."""
        return FirstWords(
            self.title.data or "", self.detected_at.moment, self.services.data or "", number_of(self.logbook.data)
        )


def number_of(typed: object) -> int | None:
    """The number of a row as the browser sent it; 0, which no row has, for what is none."""
    try:
        return row_number(typed) if typed else None
    except ValueError:
        return 0


class SheetForm(Form):
    """The sheet of an incident; `version` is the one that was read."""

    title = StringField(_("Titre"), [InputRequired(), Length(max=MAX_LINE)])
    detected_at = MomentField(_("Détecté le"), [InputRequired()], format=MOMENT)
    began_at = MomentField(
        _("Début"), [Optional()], format=MOMENT, description=_("S’il est connu : souvent avant la détection.")
    )
    contained_at = MomentField(
        _("Contenu le"), [Optional()], format=MOMENT, description=_("Quand il a cessé de s’étendre.")
    )
    kind = SelectField(_("Origine"))
    cause = StringField(
        _("Cause"),
        [Optional(), Length(max=MAX_CAUSE)],
        description=_("Rançongiciel, compte compromis, panne, erreur, prestataire…"),
    )
    description = TextAreaField(_("Ce que l’on sait"), [Optional(), Length(max=MAX_TEXT)], render_kw={"rows": 4})
    services = TextAreaField(_("Services et activités touchés"), [Optional(), Length(max=MAX_TEXT)], render_kw=_ROWS)
    degraded_mode = SelectField(_("Passage en mode dégradé"))
    degraded_minutes = DurationField(
        _("Pendant combien de temps"), [Optional()], description=_("Par exemple 26 h ou 3 j.")
    )
    patient_impact = SelectField(_("Conséquences pour les patients"))
    confidentiality = SelectField(_("Confidentialité de données de santé atteinte"))
    integrity = SelectField(_("Intégrité de données de santé atteinte"))
    availability = SelectField(_("Disponibilité atteinte"))
    personal_data = SelectField(_("Données personnelles touchées"))
    people_concerned = IntegerField(_("Nombre de personnes concernées"), [Optional()])
    extent = SelectField(_("Étendue"))
    others_exposed = SelectField(_("D’autres structures sont exposées"))
    version = HiddenField()

    def prepare(self) -> None:
        """Offer the answers; a blank is always one."""
        self.kind.choices = options((one.value, labels.INCIDENT_KIND[one]) for one in IncidentKind)
        self.patient_impact.choices = options((one.value, labels.PATIENT_IMPACT[one]) for one in PatientImpact)
        self.extent.choices = options((one.value, labels.EXTENT[one]) for one in Extent)
        answers = options([("", _("Non renseigné")), ("yes", _("Oui")), ("no", _("Non"))])
        for field in self:
            if isinstance(field, SelectField) and field.short_name in _YES_NO:
                field.choices = answers

    def fill(self, draft: IncidentDraft, version: int) -> None:
        """Start from what is known."""
        for name in _TEXTS:
            self[name].data = getattr(draft, name)
        self.detected_at.show(draft.detected_at)
        for field, moment in ((self.began_at, draft.began_at), (self.contained_at, draft.contained_at)):
            if moment is not None:
                field.show(moment)
        for name in _YES_NO:
            self[name].data = _answer(getattr(draft, name))
        self.kind.data, self.extent.data = draft.kind.value, draft.extent.value
        self.patient_impact.data = draft.patient_impact.value
        self.degraded_minutes.data, self.people_concerned.data = draft.degraded_minutes, draft.people_concerned
        self.version.data = str(version)

    def draft(self) -> IncidentDraft:
        """What was typed in; the form is valid."""
        typed: dict[str, Any] = {name: self[name].data or "" for name in _TEXTS}
        typed |= {name: _ANSWERS[self[name].data] for name in _YES_NO}
        return IncidentDraft(
            detected_at=self.detected_at.moment,
            began_at=_moment(self.began_at),
            contained_at=_moment(self.contained_at),
            kind=IncidentKind(self.kind.data),
            extent=Extent(self.extent.data),
            patient_impact=PatientImpact(self.patient_impact.data),
            degraded_minutes=self.degraded_minutes.data,
            people_concerned=self.people_concerned.data,
            **typed,
        )


class EventForm(Form):
    """A line of the timeline, fast."""

    text = StringField(_("Ce qui s’est passé"), [InputRequired(), Length(max=MAX_TEXT)])
    what = RadioField(_("Nature"), [Optional()], default=Happening.FACT.value)
    hour = TimeField(_("Heure des faits"), [Optional()])
    day = DayField(_("Jour des faits"), [Optional()])
    corrects = HiddenField()

    def prepare(self) -> None:
        """Offer the kinds."""
        self.what.choices = options((one.value, labels.INCIDENT_LINE[one]) for one in WRITTEN)

    def draft(self, now: datetime, zone: ZoneInfo) -> EventDraft:
        """What was typed in; the form is valid. `now` (aware) is when."""
        return EventDraft(
            what=Happening(self.what.data or Happening.FACT.value),
            text=self.text.data or "",
            happened_at=happened(self.hour.data, self.day.data, now.astimezone(zone)),
            corrects=number_of(self.corrects.data),
        )


class GravityForm(Form):
    """What a person decides of the gravity."""

    gravity = RadioField(_("Gravité retenue"), [InputRequired()])
    why = TextAreaField(
        _("Raison"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Obligatoire si vous vous écartez de ce que CaRE déduit."),
        render_kw=_ROWS,
    )
    version = HiddenField()

    def prepare(self) -> None:
        """Offer the gravities; the first goes back to what the facts say."""
        first = (Gravity.UNKNOWN.value, _("Suivre ce que la fiche dit"))
        rest = ((one.value, labels.GRAVITY[one]) for one in Gravity if one is not Gravity.UNKNOWN)
        self.gravity.choices = options([first, *rest])


class NoticeForm(Form):
    """What is recorded of one step of a declaration; `seen` is the number of the last record that was read."""

    text = TextAreaField(
        _("Texte préparé"),
        [Optional(), Length(max=LONGEST_DECLARATION)],
        render_kw={"rows": 22, "spellcheck": "true", "lang": "fr"},
    )
    sent_at = MomentField(_("Envoyé le"), [Optional()], format=MOMENT, description=_("Sinon, maintenant."))
    reference = StringField(
        _("Référence reçue"), [Optional(), Length(max=MAX_REFERENCE)], description=_("Le numéro de dossier.")
    )
    note = StringField(_("Pourquoi"), [Optional(), Length(max=MAX_NOTE)])
    seen = HiddenField()

    def draft(self, act: NoticeAct) -> NoticeDraft:
        """What was typed in; the form is valid."""
        return NoticeDraft(
            act=act,
            sent_at=_moment(self.sent_at),
            reference=self.reference.data or "",
            text=self.text.data or "",
            note=self.note.data or "",
        )


class LessonsForm(Form):
    """What the incident teaches."""

    lessons = TextAreaField(
        _("Enseignements"),
        [Optional(), Length(max=MAX_TEXT)],
        description=_("Un par ligne : chacun peut devenir une action."),
        render_kw={"rows": 6},
    )
    version = HiddenField()


class ClosingForm(Form):
    """Why it is closed as it is."""

    reason = TextAreaField(_("Raison"), [Optional(), Length(max=MAX_TEXT)], render_kw=_ROWS)
    version = HiddenField()
