"""Who took part, from the functions that people type: a proposal, never sure of itself."""

from __future__ import annotations

import pytest

from care.domain.attendance import attendance_of


@pytest.mark.parametrize(
    "function",
    [
        "Directeur général", "DIRECTRICE GÉNÉRALE ADJOINTE", "Directrice de garde", "Cadre de direction de garde", "DG",
        "Administrateur de garde", "Directeur d’établissement", "directrice", "Duty manager",
        "Directrice adjointe", "Directeur adjoint de garde", "Directeur général adjoint", "Directeur délégué du site",
    ],
)  # fmt: skip
def test_the_general_management(function: str) -> None:
    assert attendance_of([function]).management


@pytest.mark.parametrize(
    "function",
    [
        "Directrice des soins", "DAF", "DRH", "Direction des achats et de la logistique", "Directeur qualité",
        "Directrice adjointe chargée des ressources humaines", "Directeur adjoint des soins",
        "Directrice déléguée à la qualité", "Directeur adjoint – finances", "Directeur adjoint aux affaires médicales",
        "Directrice des soins infirmiers, de rééducation et médico-techniques", "Directeur du plateau technique",
    ],
)  # fmt: skip
def test_business_directorates(function: str) -> None:
    found = attendance_of([function])
    assert (found.management, found.directorates) == (False, (function,))


@pytest.mark.parametrize(
    "function",
    [
        "Cadre de garde", "Médecin urgentiste", "RSSI", "Directeur des systèmes d’information", "DSI", "", "  ",
        "Direction technique", "Président de CME", "Directeur des services techniques", "Directrice du SI",
        "Directeur adjoint chargé des services techniques", "Directeur des services informatiques",
    ],
)  # fmt: skip
def test_neither(function: str) -> None:
    found = attendance_of([function])
    assert (found.management, found.directorates) == (False, ())


def test_one_function_twice_is_named_once() -> None:
    assert attendance_of(["DRH", " drh ", "DAF"]).directorates == ("DAF", "drh")
