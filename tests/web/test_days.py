"""Days that people type: the year of a slipped keyboard, the ends of the calendar, the day a right or a risk ends."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from wtforms import RadioField

from care.web import formats
from care.web.days import DayField
from care.web.forms import Form, options
from tests.support.people import Hospitals
from tests.web.test_accounts import NEW


class OneDay(Form):
    """A form of one day."""

    on = DayField()


@pytest.mark.parametrize(
    "typed", ["0001-01-01", "0026-11-22", "9999-12-31", "2026-02-30", "31/02/2026", "3/2026", "12/03/26", "hier"]
)
def test_a_day_that_cannot_be_right_is_refused_and_kept_on_screen(ciso: FlaskClient, typed: str) -> None:
    with ciso.application.test_request_context():
        form = OneDay(MultiDict({"on": typed}))
        assert not form.validate()
        assert form.on.errors[0].startswith("Cette date ")
        assert typed in str(form.on())


def test_a_day_typed_as_in_france_is_read(ciso: FlaskClient) -> None:
    with ciso.application.test_request_context():
        form = OneDay(MultiDict({"on": " 12/03/2026 "}))
        assert form.validate()
        assert form.on.data == date(2026, 3, 12)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_break_no_page(administrator: FlaskClient, hospitals: Hospitals, day: str) -> None:
    here = f"/establishments/{hospitals.valley}"
    for address in (f"/trail?since={day}&until={day}", f"{here}/crisis/duties?detected={day}T02:00"):
        assert administrator.get(address).status_code == 200
    account = {**NEW, "place": f"establishment:{hospitals.valley}", "expires_on": day}
    answer = administrator.post("/accounts/new", data=account)
    assert answer.status_code == 400
    assert "vérifiez l’année" in answer.text


def test_a_role_ends_with_the_day_that_was_typed(administrator: FlaskClient, hospitals: Hospitals) -> None:
    account = {**NEW, "place": f"establishment:{hospitals.valley}", "expires_on": "2099-06-30"}
    page = administrator.post("/accounts/new", data=account)
    assert "jusqu’au 30 juin 2099" in administrator.get(page.location).text


def test_a_role_already_over_is_refused(administrator: FlaskClient, hospitals: Hospitals) -> None:
    place = f"establishment:{hospitals.valley}"
    answer = administrator.post("/accounts/new", data={**NEW, "place": place, "expires_on": "2020-01-01"})
    assert answer.status_code == 400
    assert "Cette date est passée" in answer.text
    page = administrator.post("/accounts/new", data={**NEW, "place": place}).location
    answer = administrator.post(f"{page}/grants", data={"role": "visitor", "place": place, "expires_on": "2020-01-01"})
    assert answer.status_code == 400
    assert "Cette date est passée" in answer.text


def test_the_first_of_a_month_is_written_as_french_writes_it(client: FlaskClient) -> None:
    with client.application.test_request_context(headers={"Accept-Language": "fr"}):
        written = [formats.day(date(2026, 7, number)) for number in (1, 11, 21)]
    assert written == ["1er juillet 2026", "11 juillet 2026", "21 juillet 2026"]
    with client.application.test_request_context(headers={"Accept-Language": "en"}):
        assert "1er" not in formats.day(date(2026, 7, 1))


class OneAnswer(Form):
    """A form of one answer that must be chosen."""

    answer = RadioField(choices=options({"yes": "Oui", "no": "Non"}.items()))


@pytest.mark.parametrize(
    ("lang", "said"), [("fr", "Choisissez l’une des réponses"), ("en", "Choose one of the answers")]
)
def test_an_answer_left_out_is_asked_for_in_words(client: FlaskClient, lang: str, said: str) -> None:
    with client.application.test_request_context(headers={"Accept-Language": lang}):
        form = OneAnswer(MultiDict())
        assert not form.validate()
        assert form.answer.errors[0].startswith(said)
