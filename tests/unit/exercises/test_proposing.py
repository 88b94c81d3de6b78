"""The establishment's own word for each variable of a kit."""

from __future__ import annotations

import pytest

from exercises.kit import Source, Variable
from exercises.proposing import Candidate, in_a_sentence, proposals

APPLICATIONS = [
    Candidate(Source.APPLICATION, "Easily", "Dossier patient informatisé, urgences comprises"),
    Candidate(Source.APPLICATION, "Cadrage des radios"),
    Candidate(Source.APPLICATION, "SGL Biolab"),
    Candidate(Source.ACTIVITY, "Laboratoire de biologie"),
]


def variable(source: Source, *words: str, key: str = "one", default: str = "le logiciel") -> Variable:
    return Variable(key=key, label="Un mot", default=default, source=source, words=words)


@pytest.mark.parametrize(
    ("words", "best"),
    [
        (("laboratoire", "SGL"), "SGL Biolab"),
        (("dossier patient", "DPI"), "Easily"),
        (("dossier patient", "SGL"), "SGL Biolab"),
        (("DOSSIER  patient",), ""),
        (("éasily",), "Easily"),
        (("cad",), ""),
        (("cadrage",), "Cadrage des radios"),
        (("pharmacie",), ""),
        ((), ""),
    ],
    ids=[
        "an abbreviation in the name",
        "words of the description",
        "the name before the description",
        "as it is written",
        "without accents nor case",
        "an abbreviation inside a word is another word",
        "a long word may stand anywhere",
        "nothing fits",
        "nothing is sought",
    ],
)
def test_the_best_word_is_found(words: tuple[str, ...], best: str) -> None:
    (found,) = proposals([variable(Source.APPLICATION, *words)], APPLICATIONS)
    assert found.best == best
    assert sorted(found.others) == ["Cadrage des radios", "Easily", "SGL Biolab"], "all of its kind, to choose from"


def test_the_first_of_the_list_is_the_best() -> None:
    (found,) = proposals([variable(Source.APPLICATION, "biolab", "easily")], APPLICATIONS)
    assert found.others[:2] == ("SGL Biolab", "Easily")


def test_two_variables_are_not_one_word() -> None:
    wards = [Candidate(Source.ACTIVITY, "Médecine A"), Candidate(Source.ACTIVITY, "Médecine B")]
    asked = [variable(Source.ACTIVITY, "médecine", key=key) for key in ("one", "two", "three")]
    assert [one.best for one in proposals(asked, wards)] == ["Médecine A", "Médecine B", ""]


def test_the_establishment_has_one_name_and_a_typed_word_none() -> None:
    asked = [variable(Source.ESTABLISHMENT), variable(Source.TYPED, "vallée")]
    found = proposals(asked, [Candidate(Source.ESTABLISHMENT, "CH de la Vallée")])
    assert [(one.best, one.others) for one in found] == [("CH de la Vallée", ("CH de la Vallée",)), ("", ())]


@pytest.mark.parametrize(
    ("name", "default", "said"),
    [
        ("Réanimation adulte", "la réanimation", "la réanimation adulte"),
        ("Urgences", "les urgences", "les urgences"),
        ("Imagerie", "l’imagerie", "l’imagerie"),
        ("SAMU 74", "le SAMU", "SAMU 74"),
        ("PACS Vue", "le PACS", "PACS Vue"),
        ("Médecine A", "le service", "Médecine A"),
        ("Easily", "Easily", "Easily"),
    ],
)
def test_a_common_name_is_said_as_the_kit_says_it(name: str, default: str, said: str) -> None:
    assert in_a_sentence(name, default) == said
