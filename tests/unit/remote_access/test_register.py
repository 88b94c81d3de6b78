"""The register as hospitals keep it: separators, encodings, headings, dates, and what goes wrong in them."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.errors import CollectError
from scanners.lists.words import neutral
from scanners.remote_access.columns import COLUMNS
from scanners.remote_access.facts import (
    CONFIRMED,
    MAX_REGISTER_BYTES,
    MAX_REGISTER_ROWS,
    TO_CLOSE,
    TO_CORRECT,
    Access,
)
from scanners.remote_access.read_register import read_register

KEYS = ("supplier", "equipment")
HEAD = "Fournisseur;Équipement;Comptes;Actif;Dernière revue;Coupure d’urgence;MFA;Palier;Conservation des traces"


def rows(text: str) -> tuple[Access, ...]:
    result = read_register(text, "registre.csv")
    assert result.gaps == ()
    return result.register.rows


def test_a_row_is_read_with_french_dates_and_answers() -> None:
    (row,) = rows(f"{HEAD}\nMédimage;IRM;tm_a, tm_b;Oui;01/02/2026;Astreinte;non;Palier 2;12 mois\n")
    assert row == Access(
        line=2,
        supplier="Médimage",
        equipment="IRM",
        accounts=("tm_a", "tm_b"),
        enabled=True,
        reviewed=date(2026, 2, 1),
        emergency_contact="Astreinte",
        second_factor=False,
        level=2,
        trace_days=365,
    )


@pytest.mark.parametrize(
    ("cell", "decision"),
    [("À fermer", TO_CLOSE), ("a corriger", TO_CORRECT), ("Confirmé, à corriger", TO_CORRECT), ("Maintenu", CONFIRMED)],
)
def test_what_a_review_decided_is_read(cell: str, decision: str) -> None:
    (row,) = rows(f'fournisseur,equipement,Décidé le,Décision de revue\nMédimage,IRM,02/03/2026,"{cell}"\n')
    assert (row.decision, row.decided) == (decision, date(2026, 3, 2))


def test_commas_apostrophes_and_order_do_not_matter() -> None:
    (row,) = rows("EQUIPEMENT,Coupure d'urgence,Prestataire,Date de fin\nIRM,Astreinte,Médimage,2027-12-31\n")
    assert (row.supplier, row.equipment, row.emergency_contact) == ("Médimage", "IRM", "Astreinte")
    assert row.ends == date(2027, 12, 31)


def test_a_byte_order_mark_is_not_part_of_the_first_heading() -> None:
    (row,) = rows("\ufeffFournisseur;Équipement\nMédimage;Scanner n°1\n")
    assert (row.supplier, row.equipment) == ("Médimage", "Scanner n°1")


def test_columns_missing_from_the_file_are_told() -> None:
    register = read_register("fournisseur;equipement;inconnue\na;b;c\n", "r").register
    assert register.columns == ("supplier", "equipment")
    assert register.rows[0].enabled is None


def test_every_documented_heading_names_one_column() -> None:
    headings = [heading for names in COLUMNS.values() for heading in names]
    assert len(headings) == len(set(headings))


def test_the_guide_names_every_column() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "registre-acces-distants.md").read_text()
    told = re.findall(r"^\| `([^`]+)`", guide, re.MULTILINE)
    result = read_register(";".join(told) + "\n", "guide")
    assert list(result.register.columns) == list(COLUMNS)


def test_lines_are_those_of_the_file_even_with_cells_of_several_lines() -> None:
    text = 'fournisseur;equipement;palier\n"a\nb";c;1\n\nd;e;9\n'
    result = read_register(text, "registre.csv")
    assert [row.line for row in result.register.rows] == [2, 5]
    (gap,) = result.gaps
    assert "ligne 5" in gap.reason.fr
    assert "« 9 »" in gap.reason.fr
    assert gap.truncated


@pytest.mark.parametrize(
    ("column", "cell"),
    [("Dernière revue", "31/02/2026"), ("Actif", "peut-être"), ("Palier", "3"), ("Conservation des traces", "long")],
)
def test_a_cell_that_is_not_understood_is_a_gap_with_its_line(column: str, cell: str) -> None:
    result = read_register(f"fournisseur;equipement;{column}\na;b;{cell}\n", "registre.csv")
    (gap,) = result.gaps
    (row,) = result.register.rows
    assert (row.unread, row.lacks(row.unread[0])) == ((next(iter(set(result.register.columns) - {*KEYS})),), False)
    assert (gap.section, gap.truncated) == ("register", True)
    assert "registre.csv, ligne 2" in gap.reason.fr
    assert "line 2" in gap.reason.en


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("nom;adresse\na;b\n", 1, "équipement"),
        ("fournisseur;fournisseur;equipement\n", 1, "« fournisseur » y est deux fois"),
        ("fournisseur;prestataire;equipement\n", 1, "disent la même chose"),
        ("\nfournisseur;equipement;fournisseur\n", 2, "deux fois"),
        ('fournisseur;equipement\na;b\n"c"x;d\n', 3, "un guillemet n’est pas refermé"),
        ('fournisseur;equipement\na;b\nc;"d\n', 3, "un guillemet n’est pas refermé"),
        ("", 1, "le fichier est vide"),
        ("\ufeff \r\n\n", 1, "le fichier est vide"),
        ("fournisseur;equipement\na;b\nSté; Dupont;c\n", 3, "plus de cellules"),
    ],
)
def test_what_is_not_a_register_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(CollectError) as refusal:
        read_register(text, "registre.csv")
    assert f"ligne {line}" in refusal.value.text.fr
    assert f"line {line}" in refusal.value.text.en
    assert said in refusal.value.text.fr


def test_bounds() -> None:
    with pytest.raises(CollectError, match="4 MiB"):
        read_register("x" * (MAX_REGISTER_BYTES + 1), "r")
    with pytest.raises(CollectError, match="20000 lines"):
        read_register("fournisseur;equipement\n" + "a;b\n" * (MAX_REGISTER_ROWS + 1), "r")


@given(st.text(max_size=80))
def test_no_cell_can_run_in_a_spreadsheet(cell: str) -> None:
    kept = neutral(f"= {cell}")
    assert not kept.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert kept.isprintable()
    assert neutral(kept) == kept


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CollectError):
        register = read_register(f"fournisseur;equipement\n{text}", "r").register
        assert all(row.line > 1 for row in register.rows)
