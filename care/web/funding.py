"""Who pays, in forms: a list of the fundings known, or words of one's own."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import Length, Optional

from care.domain.funding import FUNDINGS, MOST_CHARACTERS, OBJECTIVES, OWN_BUDGET, PROGRAMMES
from care.web.forms import Form, options
from care.web.language import current_language

OTHER = "other"


class FundingForm(Form):
    """The two fields of a funding: `funding` is a value of the list, `other_funding` what the list does not have."""

    funding = SelectField(lazy_gettext("Financement"), default="")
    other_funding = StringField(
        lazy_gettext("Autre financement"),
        [Optional(), Length(max=MOST_CHARACTERS)],
        description=lazy_gettext("S’il n’est pas dans la liste : par exemple « appel à projets régional 2026 »."),
    )

    def __init__(self, *values: Any, unsaid: str = "", **named: Any) -> None:  # noqa: ANN401 - as WTForms takes them
        """`unsaid` are the words of no funding at all."""
        super().__init__(*values, **named)
        lang = current_language()
        self.funding.choices = [
            *options([("", unsaid or gettext("Non précisé"))]),
            *options([(OWN_BUDGET, FUNDINGS[OWN_BUDGET].render(lang)), (OTHER, gettext("Autre"))]),
            *options([(value, words.render(lang)) for value, words in PROGRAMMES.items()], gettext("Programme CaRE")),
            *options([(value, words.render(lang)) for value, words in OBJECTIVES.items()], gettext("Objectif CaRE")),
        ]

    def show_funding(self, funding: str) -> None:
        """Fill the two fields with what is recorded."""
        known = not funding or funding in FUNDINGS
        self.funding.data, self.other_funding.data = (funding, "") if known else (OTHER, funding)

    @property
    def chosen_funding(self) -> str:
        """What the person said: a value of the list, else words."""
        chosen = str(self.funding.data or "")
        return str(self.other_funding.data or "").strip() if chosen in {"", OTHER} else chosen
