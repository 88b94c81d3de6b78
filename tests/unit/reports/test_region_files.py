"""Workbook and open data of a regional report: what they hold, what they keep back, the same bytes twice."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from reports.errors import ReportError
from reports.region_open import definitions_csv, figures_csv, open_json
from reports.region_words import form_text
from reports.region_workbook import region_workbook
from reports.words import Lang
from tests.unit.reports.region_samples import SECRET_NAME, counts, national, own, report

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "care-region-1.schema.json").read_text("utf-8"))
CHECKER = FormatChecker()
CHECKER.checks("date-time", raises=ValueError)(datetime.fromisoformat)
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=CHECKER)


def sheet(content: bytes, name: str) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    header, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_open_json_fits_its_schema(lang: Lang) -> None:
    for made in (report(lang), national(lang)):
        document = json.loads(open_json(made))
        VALIDATOR.validate(document)
        assert document["figures"]
        assert document["withheld"]


def test_what_an_installation_says_of_itself_is_on_every_form() -> None:
    told = replace(report("fr"), notice="Données simulées.")
    read = json.loads(open_json(told))
    VALIDATOR.validate(read)
    assert read["notice"] == "Données simulées."
    assert form_text(told).startswith("Données simulées. ")
    assert "notice" not in json.loads(open_json(report("fr")))


def test_the_schema_refuses_a_withheld_figure_with_its_numbers() -> None:
    document = json.loads(open_json(report()))
    document["withheld"][0]["numerator"] = 3
    assert list(VALIDATOR.iter_errors(document))


def test_open_data_names_what_is_withheld_and_tells_no_number_of_it() -> None:
    document = json.loads(open_json(report()))
    assert {"indicator": "EXO-TX", "month": "2026-10", "category": "CHU", "reason": "small_numbers"} in document[
        "withheld"
    ]
    assert not [one for one in document["figures"] if one["category"] == "CHU"]
    assert "moins de cinq" in document["reasons"]["small_numbers"]
    kept = [one for one in lines(figures_csv(report())) if one["category"] == "CHU"]
    assert len(kept) == 4
    numbers = ("numerator", "denominator", "percent", "asked", "answered", "not_answering", "measured", "oldest_on")
    assert all(one["withheld"] == "small_numbers" and not any(one[name] for name in numbers) for one in kept)


def test_open_data_tells_who_did_not_answer_and_a_sum_is_no_share() -> None:
    figures = {
        (one["indicator"], one["month"], one["category"]): one for one in json.loads(open_json(report()))["figures"]
    }
    exercises = figures["EXO-TX", "2026-10", ""]
    assert (exercises["numerator"], exercises["denominator"], exercises["percent"]) == (22, 34, 64.7)
    assert (exercises["asked"], exercises["answered"], exercises["not_answering"]) == (41, 34, 7)
    assert figures["INC-SIG", "2026-10", ""]["percent"] is None
    levels = figures["ADS-DIST", "2026-10", ""]
    assert levels["levels"][0] == {"value": 1, "establishments": 8}
    assert (levels["numerator"], levels["denominator"], levels["measured"]) == (None, None, 34)


def test_a_share_is_cut_never_rounded_up_to_all() -> None:
    whole = report()
    nearly = replace(whole.indicators[0].series[-1], counts=counts(29_999, 30_000))
    first = replace(whole.indicators[0], figure=nearly, series=(nearly,), categories=())
    made = replace(whole, families=(replace(whole.families[0], indicators=(first,)),))
    assert json.loads(open_json(made))["figures"][0]["percent"] == 99.99
    assert sheet(region_workbook(made), "EXO-TX")[0]["Part (%)"] == 99.9


def test_levels_have_no_sum_in_any_file() -> None:
    rows = [*sheet(region_workbook(report()), "ADS-DIST"), *sheet(region_workbook(report()), "Synthèse")[1:2]]
    assert {(one["Numérateur (n)"], one["Dénominateur (N)"], one["Part (%)"]) for one in rows} == {(None, None, None)}
    kept = [one for one in lines(figures_csv(report())) if one["indicator"] == "ADS-DIST"]
    assert {(one["numerator"], one["denominator"]) for one in kept} == {("", "")}


def test_open_csv_explains_its_indicators_and_disarms_formulas() -> None:
    found = {one["indicator"]: one for one in lines(definitions_csv(report()))}
    assert found["EXO-TX"]["goals"] == "50 % 2023-12-31; 100 % 2024-12-31"
    assert (found["TLM-MFA"]["to_check"], found["EXO-TX"]["to_check"]) == ("yes", "no")
    categories = {one["category"] for one in lines(figures_csv(report()))}
    assert "Clinique <MCO> & =SSR" in categories


@pytest.mark.parametrize("maker", [figures_csv, definitions_csv, open_json])
def test_open_data_is_the_public_form_only(maker: Any) -> None:
    for made in (report(public=False), own(), replace(own(), public=True)):
        with pytest.raises(ReportError):
            maker(made)


def test_the_workbook_has_one_sheet_an_indicator() -> None:
    names = openpyxl.load_workbook(io.BytesIO(region_workbook(report()))).sheetnames
    assert names == ["À lire", "Synthèse", "EXO-TX", "ADS-DIST", "INC-SIG", "TLM-MFA", "SILENT"]


def test_an_indicator_s_sheet_holds_months_and_categories_with_their_base() -> None:
    rows = sheet(region_workbook(report()), "EXO-TX")
    last = next(one for one in rows if one["Libellé"] == "octobre 2026")
    assert (last["Numérateur (n)"], last["Dénominateur (N)"], last["Part (%)"]) == (22, 34, 64.7)
    assert (last["Établissements concernés"], last["Répondants"], last["Sans réponse"]) == (41, 34, 7)
    assert last["Valeur la plus ancienne"].date() == date(2026, 9, 2)
    withheld = next(one for one in rows if one["Libellé"] == "CHU")
    assert withheld["Numérateur (n)"] is None
    assert withheld["Remarque"].startswith("Chiffre masqué")
    assert {one["Détail"] for one in rows} == {"Évolution", "Catégorie"}


def test_establishments_are_in_the_entitled_form_alone_and_silence_is_no_zero() -> None:
    rows = [one for one in sheet(region_workbook(report(public=False)), "EXO-TX") if one["Détail"] == "Établissement"]
    assert [(one["Libellé"], one["Numérateur (n)"], one["Remarque"]) for one in rows] == [
        ("Hôpital de la Baie", 1, None),
        (SECRET_NAME, None, "non répondu"),
    ]
    everything = str([sheet(region_workbook(report()), name) for name in ("EXO-TX", "ADS-DIST", "Synthèse")])
    assert "Hôpital" not in everything


def test_the_workbook_of_the_nation_has_its_regions_and_of_an_establishment_its_own_line() -> None:
    regions = [one for one in sheet(region_workbook(national()), "EXO-TX") if one["Détail"] == "Région"]
    assert [(one["Libellé"], one["Numérateur (n)"]) for one in regions] == [
        ("Île-de-France", 40),
        ("Bretagne", 22),
        ("Nouvelle-Aquitaine", 3),
        ("Corse", None),
    ]
    mine = [one for one in sheet(region_workbook(own()), "EXO-TX") if one["Détail"] == "Votre établissement"]
    assert len(mine) == 13
    assert (mine[0]["FINESS"], mine[-1]["Mois"]) == ("350000011", "2026-10")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_same_report_gives_the_same_bytes(lang: Lang) -> None:
    for maker in (figures_csv, definitions_csv, open_json, region_workbook):
        assert maker(report(lang)) == maker(report(lang))
