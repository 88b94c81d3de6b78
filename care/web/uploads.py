"""Files sent with a form: kept at once, so that a form refused for another field does not lose them.

A browser never fills a file field again. What was received is already in the evidence store; a signed hidden field
remembers it, for the person and the establishment it was sent by and to.
"""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import FileStorage
from wtforms import FileField, HiddenField
from wtforms.validators import Optional

from care.services.errors import Invalid
from care.services.evidence import Kept, Upload, keep_upload
from care.web.forms import Form, file_of
from care.web.people import platform, scope
from care.web.place import place


class UploadForm(Form):
    """A form with one file. Call `received` rather than `validate`; `kept_file` is what was sent, now or before."""

    file = FileField(_("Fichier"), [Optional()])
    kept = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as WTForms types them
        """The file field says the largest file taken; the page refuses a larger one before a byte of it is sent."""
        super().__init__(*args, **kwargs)
        limit = platform().settings.upload_bytes
        words = gettext("%(limit)s Mio au plus.", limit=limit >> 20)
        self.file.description = f"{self.file.description} {words}".strip()
        self.file.render_kw = {**(self.file.render_kw or {}), "data-max-bytes": str(limit)}

    def received(self) -> bool:
        """Whether every field is right; a file sent is kept whatever the others are."""
        right = self.validate()
        sent = file_of(self.file)
        if sent:
            try:
                self._remember(keep_upload(platform(), scope(), place().id, _upload(sent)))
            except Invalid as refusal:
                self.blame(refusal)
                right = False
        return right

    @property
    def kept_file(self) -> Kept | None:
        """The file received, None when there was none or the mark was not ours."""
        try:
            who, where, *file = _marks().loads(self.kept.data or "")
        except BadSignature:
            return None
        return Kept(*file) if (who, where) == (scope().account_id, place().id) else None

    def _remember(self, kept: Kept) -> None:
        mark = [scope().account_id, place().id, kept.sha256, kept.size, kept.name, kept.media_type]
        self.kept.data = _marks().dumps(mark)


def _upload(sent: FileStorage) -> Upload:
    return Upload(sent.filename or "", cast(BinaryIO, sent.stream))


def _marks() -> URLSafeSerializer:
    return URLSafeSerializer(cast(bytes, current_app.config["SECRET_KEY"]), salt="kept file")
