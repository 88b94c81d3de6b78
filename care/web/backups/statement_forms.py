"""The form of what an establishment says of its backups as a whole."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from care.services.backups.statements import ITEM_NAMES, MAX_CONTROLLERS, MAX_DOMAIN, StatementDraft
from care.web.days import DayField
from care.web.forms import Form
from care.web.registers import answer_of, three_way, typed_as
from care.web.targets.forms import lines_in

_MOST = 70_000
"""Five hundred accounts with their line feeds, and room to say that one is too long."""


class StatementForm(Form):
    """The policy, the administrators, the directory; what nobody knows stays empty."""

    policy = three_way(_("Une politique de sauvegarde et de restauration est écrite"))
    policy_on = DayField(_("Dernière mise à jour"), [Optional()])
    validated = three_way(_("Validée par la direction"))
    vital_data = BooleanField(_("Les données vitales"))
    backup_types = BooleanField(_("Les types de sauvegarde"))
    frequency = BooleanField(_("La fréquence"))
    administration = BooleanField(_("Qui administre, et comment"))
    storage_access = BooleanField(_("L’accès au stockage"))
    restore_tests = BooleanField(_("Les essais de restauration"))
    disposal = BooleanField(_("La destruction des supports"))
    production_domain = StringField(
        _("Annuaire de production"),
        [Optional(), Length(max=MAX_DOMAIN)],
        description=_("Nom NetBIOS ou DNS du domaine où les agents ouvrent leur session."),
    )
    administrators = TextAreaField(
        _("Comptes qui administrent les sauvegardes"),
        [Optional(), Length(max=_MOST)],
        description=_("Un par ligne : nom, DOMAINE\\nom ou nom@domaine, si possible suivi de son SID."),
        render_kw={"rows": 6, "spellcheck": "false"},
    )
    controllers = IntegerField(
        _("Contrôleurs dont l’état du système est sauvegardé"),
        [Optional(), NumberRange(0, MAX_CONTROLLERS)],
        description=_("Dans le domaine qui en a le moins."),
    )
    offline = three_way(_("Une de ces copies est hors de portée du réseau"))
    dsrm_apart = three_way(
        _("Mots de passe DSRM dans un coffre à part"), _("Connus, et lisibles sans que l’annuaire fonctionne.")
    )
    rebuilt = three_way(_("La forêt a déjà été reconstruite à l’essai"))
    rebuilt_on = DayField(_("Dernière reconstruction réussie"), [Optional()])
    version = HiddenField()

    def show(self, draft: StatementDraft) -> None:
        """Start from what is known."""
        for name in _ANSWERS:
            self[name].data = typed_as(getattr(draft, name))
        for name in _AS_IS:
            self[name].data = getattr(draft, name)
        for name in ITEM_NAMES:
            self[name].data = name in draft.items
        self.administrators.data = "\n".join(draft.administrators)

    def draft(self) -> StatementDraft:
        """What was typed in; the form is valid."""
        values: dict[str, Any] = {name: answer_of(self[name].data) for name in _ANSWERS}
        values |= {name: self[name].data for name in _AS_IS}
        return StatementDraft(
            **{**values, "production_domain": self.production_domain.data or ""},
            items=tuple(name for name in ITEM_NAMES if self[name].data),
            administrators=tuple(lines_in(self.administrators.data)),
        )


_ANSWERS = ("policy", "validated", "offline", "dsrm_apart", "rebuilt")
_AS_IS = ("policy_on", "production_domain", "controllers", "rebuilt_on")
