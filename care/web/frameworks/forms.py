"""The forms of the library of frameworks: a file brought in, a value with its source, why a version is set aside."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import FileField, HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional, Regexp

from care.domain.framework_files import FileFacts
from care.domain.frameworks import (
    CONFIDENCE_NAMES,
    FRAMEWORK_ID,
    KIND_NAMES,
    UNIT_NAMES,
    VERSION,
    Confidence,
    FrameworkKind,
    Unit,
)
from care.services.frameworks.parameters import MAX_LINK, MAX_SOURCE, ValueDraft
from care.services.frameworks.versions import MAX_WHY
from care.web.days import DayField
from care.web.forms import Form, file_of, options
from care.web.language import current_language

MAX_BYTES = 10_000_000
_AS_READ = ("", _("Comme le fichier le dit"))


class FileForm(Form):
    """A file, and what a foreign one does not say."""

    file = FileField(
        _("Fichier"),
        description=_(
            "Classeur .xlsx ou YAML exporté d’ici, bibliothèque CISO Assistant (.yaml), manuel de certification saisi "
            "dans le modèle (.xlsx ou .csv) ; 10 Mo au plus."
        ),
        render_kw={"accept": ".xlsx,.yaml,.yml,.csv", "data-max-bytes": str(MAX_BYTES)},
    )
    version = StringField(
        _("Version ou millésime"),
        [Optional(), Regexp(VERSION, message=_("Écrivez un numéro : 2025, 2025.07 ou 1.2."))],
        description=_("Manuel de la HAS : l’année du manuel, par exemple 2025."),
    )
    starts = DayField(_("Vaut à partir du"), [Optional()])
    url = StringField(
        _("Lien vers le texte d’origine"),
        [Optional(), Length(max=500), Regexp(r"https://\S+\Z", message=_("Une adresse https:// est attendue."))],
    )
    source = StringField(_("D’où vient ce texte"), [Optional(), Length(max=300)])
    confidence = SelectField(_("Comment a-t-il été lu ?"), default="")
    unit = SelectField(_("Qui répond ?"), default="")
    kind = SelectField(_("Nature"), default="")
    framework = StringField(
        _("Identifiant dans CaRE"),
        [Optional(), Regexp(FRAMEWORK_ID, message=_("Minuscules, chiffres et tirets : iso-27001.")), Length(max=58)],
        description=_("Pour remplacer un référentiel déjà là, écrivez le sien."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as WTForms types them
        """The choices in the reader’s language."""
        super().__init__(*args, **kwargs)
        lang = current_language()
        known = [one for one in CONFIDENCE_NAMES.items() if one[0] is not Confidence.OURS]
        for field, names in (
            (self.confidence, known),
            (self.unit, UNIT_NAMES.items()),
            (self.kind, KIND_NAMES.items()),
        ):
            field.choices = options([_AS_READ, *((value.value, text.render(lang)) for value, text in names)])

    @property
    def facts(self) -> FileFacts:
        """What was typed beside the file."""
        return FileFacts(
            id=(self.framework.data or "").strip(),
            version=(self.version.data or "").strip(),
            url=(self.url.data or "").strip(),
            source=(self.source.data or "").strip(),
            starts=self.starts.data,
            confidence=Confidence(self.confidence.data) if self.confidence.data else None,
            kind=FrameworkKind(self.kind.data) if self.kind.data else None,
            unit=Unit(self.unit.data) if self.unit.data else None,
        )

    @property
    def opened(self) -> bool:
        """Whether something was typed beside the file, or is wrong there."""
        beside = (
            self.version,
            self.starts,
            self.url,
            self.source,
            self.confidence,
            self.unit,
            self.kind,
            self.framework,
        )
        return any(one.data or one.errors for one in beside)

    def content(self) -> tuple[str, bytes]:
        """The name and what was sent, up to one byte over the limit; empty when nothing was."""
        sent = file_of(self.file)
        return (sent.filename or "", sent.stream.read(MAX_BYTES + 1)) if sent else ("", b"")


class ValueForm(Form):
    """A value of a parameter, and where it was read."""

    value = StringField(_("Valeur"), render_kw={"autocomplete": "off"})
    source = StringField(
        _("Où se lit-elle ?"), description=_("Le texte, l’article, la page."), render_kw={"maxlength": MAX_SOURCE}
    )
    link = StringField(_("Lien vers ce texte"), [Optional()], render_kw={"maxlength": MAX_LINK})
    seen = HiddenField()

    @property
    def draft(self) -> ValueDraft:
        """What was typed."""
        return ValueDraft(self.value.data or "", self.source.data or "", self.link.data or "", self.seen_id)

    @property
    def seen_id(self) -> int:
        """The value that was shown."""
        typed = self.seen.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() else 0


class SetAsideForm(Form):
    """Why a version counts no more."""

    why = StringField(_("Pourquoi ?"), render_kw={"maxlength": MAX_WHY})
