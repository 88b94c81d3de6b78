"""The forms of an import: a file, its confirmation, an ADS result."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateTimeLocalField, FileField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from care.services.ads import LEVELS, AdsDraft
from care.services.import_drafts import Upload
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, file_of, options
from scanners.imported.model import Tool

FILES = ".xml,.nessus,.json,.jsonl,.txt,.care,.zip"
READ_FROM_FILES = tuple(tool for tool in Tool if tool is not Tool.ADS)


class UploadForm(Form):
    """The file of another tool, or a collection of a directory."""

    file = FileField(_("Fichier"), [InputRequired(message=_("Choisissez un fichier."))], render_kw={"accept": FILES})
    tool = SelectField(_("Outil"), default="", description=_("CaRE le reconnaît d’ordinaire au contenu du fichier."))
    at = DateTimeLocalField(  # type: ignore[call-arg]  # stubs are of 3.2
        _("Date de l’analyse"),
        [Optional()],
        description=_("Seulement si le fichier ne la donne pas (testssl.sh en liste simple, ssh-audit, DefectDojo)."),
        invalid_value_message=_("Cette date ne se lit pas : choisissez-la, ou écrivez-la 2026-03-12T14:05."),
    )

    def offer(self, limit: int) -> UploadForm:
        """The tools to choose from, and the largest file taken, in bytes."""
        tools = [(tool.value, str(labels.SOURCE[tool])) for tool in READ_FROM_FILES]
        self.tool.choices = options([("", _("Reconnaître automatiquement")), *tools])
        self.file.description = _("%(limit)s Mio au plus.", limit=limit >> 20)
        self.file.render_kw = {**(self.file.render_kw or {}), "data-max-bytes": str(limit)}
        return self

    def upload(self, limit: int, timezone: str) -> Upload | None:
        """What was sent; None when it was no file."""
        sent = file_of(self.file)
        if not sent:
            return None
        tool = Tool(self.tool.data) if self.tool.data else None
        return Upload(sent.filename or "", cast(BinaryIO, sent.stream), limit, tool, utc(self.at.data, timezone))


class AdsForm(Form):
    """The level reached by a domain and the points that fail."""

    domain = StringField(_("Domaine"), [InputRequired(), Length(max=253)], render_kw={"spellcheck": "false"})
    on = DayField(_("Date du résultat"), [InputRequired()])
    level = RadioField(_("Niveau obtenu"), [InputRequired()], coerce=int, choices=options((n, str(n)) for n in LEVELS))
    whole = BooleanField(
        _("Tous les points en échec sont cochés"),
        default=True,
        description=_("Les points non cochés sont alors conformes, et leurs constats se ferment."),
    )
    attachment = FileField(_("Rapport reçu"), [Optional()], description=_("Conservé comme preuve avec son empreinte."))

    def draft(self, failing: list[str]) -> AdsDraft:
        """What was typed in; the form is valid."""
        assert self.on.data is not None  # noqa: S101 - InputRequired
        return AdsDraft(self.level.data, self.on.data, str(self.domain.data), tuple(failing), bool(self.whole.data))

    def attached(self, limit: int) -> Upload | None:
        """The document sent with it, if any."""
        sent = file_of(self.attachment)
        return Upload(sent.filename or "", cast(BinaryIO, sent.stream), limit) if sent else None


def utc(typed: datetime | None, timezone: str) -> datetime | None:
    """A time typed in the installation's time zone, as UTC."""
    return typed.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC) if typed else None
