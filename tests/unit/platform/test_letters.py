"""Every letter in both languages, with the values its senders give, and none that a value could forge."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from jinja2 import UndefinedError

from care.services import letters
from scanners.model import LANGS

LINE = {
    "title": "Renouveler le mot de passe de krbtgt",
    "when": "Échéance le 12 mars 2026, dans 7 jours",
    "short": "dans 7 jours",
    "where": "Hôpital de la Vallée",
    "address": "https://care.hopital.test/establishments/1/actions/12",
}
COMMON = {"name": "Jeanne Roux", "account_page": "https://care.hopital.test/account"}
VALUES: dict[str, dict[str, Any]] = {
    "digest": {"late": 1, "soon": 2, "more": 3, "groups": [{"title": "Actions", "lines": [LINE, LINE]}]},
    "reminder": {"line": LINE},
    "assigned": {"title": "Former", "by": "Paul Petit", "due": "12 mars 2026", "where": "", "address": ""},
    "trial": {},
    "critical": {
        "site": "Hôpital de la Vallée",
        "target": "Façade Internet",
        "count": 3,
        "lines": [{"fr": "Telnet exposé", "en": "Telnet exposed", "subject": "192.0.2.10:23/tcp"}],
        "more": 2,
        "address": "https://care.hopital.test/establishments/1/findings",
    },
    "late_review": {
        "site": "Hôpital de la Vallée",
        "review": "Revue périodique – 03/2026",
        "due": date(2026, 3, 12),
        "owners": [{"name": "Maud Le Gall", "count": 3}, {"name": "", "count": 1}],
        "more": 2,
        "address": "https://care.hopital.test/establishments/1/access-reviews/4",
    },
    "pdma": {
        "site": "Hôpital de la Vallée",
        "late": [
            {
                "name": "DPI",
                "age_fr": "3 j",
                "age_en": "3 d",
                "pdma_fr": "24 h",
                "pdma_en": "24 h",
                "stands_fr": "au plus tard, d’après les travaux",
                "stands_en": "at the latest, by the jobs",
            }
        ],
        "late_count": 12,
        "back": ["Paie"],
        "back_count": 1,
        "more": 2,
        "address": "https://care.hopital.test/establishments/1/backups",
    },
    "alert": {
        "reminder": False,
        "title": "Contournement d’authentification",
        "reference": "CVE-2026-1234",
        "severity": "critique",
        "answer_by": "12 mars 2026",
        "lines": [("Hôpital de la Vallée", "Exposé")],
        "more": 2,
        "message": ["Appliquez le correctif.", "", "Sinon, coupez l’accès."],
        "link": "bulletin.example/avis",
        "address": "https://care.hopital.test/establishments/1/alerts/12",
    },
}


def written(letter: str, lang: str, /, **changed: Any) -> letters.Written:
    return letters.write(letter, lang, **(COMMON | VALUES[letter] | changed))


def test_every_letter_is_tried_here_and_exists_in_every_language() -> None:
    assert set(letters.names()) == set(VALUES)
    files = {path.name for path in letters.FOLDER.glob("*.txt")}
    stems = {name.split(".")[0] for name in files}
    assert files == {f"{stem}.{lang}.txt" for stem in stems for lang in LANGS}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_letter_has_a_subject_and_a_body(name: str, lang: str) -> None:
    letter = written(name, lang)
    assert 0 < len(letter.subject) <= 120
    assert "\n" not in letter.subject
    assert letter.body.startswith(("Bonjour Jeanne Roux,\n", "Hello Jeanne Roux,\n"))
    assert letter.body.endswith("https://care.hopital.test/account\n")
    assert "\n\n\n" not in letter.body
    assert "{" not in letter.subject + letter.body


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", sorted(VALUES))
def test_without_a_public_address_there_is_no_link(name: str, lang: str) -> None:
    bare = {**LINE, "address": "", "where": ""}
    changed = {"line": bare, "groups": [{"title": "Actions", "lines": [bare]}], "address": ""}
    kept = {key: value for key, value in changed.items() if key in VALUES[name]}
    letter = written(name, lang, account_page="", **kept)
    assert "http" not in letter.body
    assert "\n\n\n" not in letter.body
    assert " – \n" not in letter.body


def test_a_value_can_neither_start_a_line_nor_turn_the_text_round() -> None:
    hostile = "a\r\nBcc: x@y.test\n\n.\n\x00\x1b[31m\u202eb\u2028c\ud800"
    letter = written("reminder", "fr", name=hostile, line={**LINE, "title": hostile})
    for sign in "\r\x00\x1b\u202e\u2028\ud800":
        assert sign not in letter.subject + letter.body
    assert letter.subject.startswith("a Bcc: x@y.test . [31mb c : ")
    assert letter.body.splitlines()[0] == "Bonjour a Bcc: x@y.test . [31mb c,"


def test_markup_in_a_value_is_left_as_it_is() -> None:
    assert "<b>&amp;</b>" in written("reminder", "en", line={**LINE, "title": "<b>&amp;</b>"}).body


def test_a_value_that_is_not_given_is_a_fault_not_a_hole() -> None:
    with pytest.raises(UndefinedError):
        letters.write("trial", "fr", account_page="")


def test_counts_agree() -> None:
    assert written("digest", "fr", late=0, soon=1).subject == "1 échéance à venir"
    assert written("digest", "fr", late=2, soon=0).subject == "2 échéances dépassées"
    assert written("digest", "en", late=1, soon=3).subject == "1 overdue deadline, 3 to come"
