"""The form of a kit brought in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FileField

from care.web.forms import Form, file_of


class KitForm(Form):
    """A zip, and for whom it is."""

    file = FileField(
        _("Fichier du kit (.zip)"),
        description=_("kit.yaml, les trois livrets et le dossier documents ; 40 Mo au plus, 10 Mo par document."),
        render_kw={"accept": ".zip,application/zip", "data-max-bytes": "40000000"},
    )
    for_all = BooleanField(_("Pour tous les établissements de la plateforme"))

    @property
    def is_for_all(self) -> bool:
        """Whether it was asked for all; the box is only there for who may."""
        box = self._fields.get("for_all")
        return bool(box and box.data)

    def content(self, limit: int) -> bytes:
        """What was sent, up to one byte over `limit`; empty when nothing was."""
        sent = file_of(self.file)
        return sent.stream.read(limit + 1) if sent else b""
