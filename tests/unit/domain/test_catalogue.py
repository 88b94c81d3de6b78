"""What helps with what: the closest first, nothing by chance; the catalogue shipped points to what exists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from care.adapters.catalogue import PATH, catalogue_of
from care.adapters.frameworks import shipped_frameworks
from care.adapters.kit_reading import KitError
from care.adapters.maturity_framework import FRAMEWORKS, maturity_of
from care.domain.catalogue import HELP, Offer, OfferKind, Theme, closeness, closest
from care.domain.frameworks import Confidence
from scanners.catalog import all_rules
from scanners.model import Text

NOBODY = Text("personne", "nobody")
OFFER = Offer(
    "un", OfferKind.TOOL, NOBODY, NOBODY, NOBODY, NOBODY, None, "", "lu", Confidence.COPY, (Theme.BACKUP,), ()
)  # fmt: skip


@pytest.mark.parametrize(
    ("helps", "ref", "near"),
    [
        ("care-d2:O3.A", "care-d2:O3.A", 13),
        ("care-d2:O3.A", "care-d2:O3.A@2", 13),
        ("care-d2:O3*", "care-d2:O3.A", 10),
        ("care-d2:*", "care-d2:O3.A", 8),
        ("care-d2:O3.A", "care-d2:O3", 0),
        ("care-d2:O3", "care-d2:O3.A", 0),
        ("rule:ad.*", "rule:ad.krbtgt_password_age", 8),
        ("rule:ad.*", "rule:backup.copies", 0),
        ("care-d1:*", "care-d1bis:O1", 0),
    ],
)
def test_closeness(helps: str, ref: str, near: int) -> None:
    assert closeness(replace(OFFER, helps=(helps,)), [ref]) == near


def test_the_closest_first_and_no_more_than_wanted() -> None:
    wide = replace(OFFER, id="large", helps=("care-d2:*",))
    exact = replace(OFFER, id="juste", helps=("care-d2:O4",))
    other = replace(OFFER, id="autre", helps=("recyf:13*",))
    assert [one.id for one in closest([wide, exact, other], ["care-d2:O4"], 5)] == ["juste", "large"]
    assert [one.id for one in closest([wide, exact], ["care-d2:O4"], 1)] == ["juste"]
    assert closest([wide], [], 5) == []


def test_what_is_shipped_points_to_what_exists() -> None:
    known = {f"{one.id}:{item.id}" for one in shipped_frameworks() for item in one.items}
    known |= {f"rule:{rule_id}" for rule_id in all_rules()}
    known |= {
        f"anssi-crisis:{one.id}"
        for part in maturity_of(FRAMEWORKS / "anssi-crisis.yaml").themes
        for one in part.questions
    }
    patterns = [(offer.id, pattern) for offer in catalogue_of() for pattern in offer.helps]
    assert all(HELP.match(pattern) for _, pattern in patterns)
    nowhere = [one for one in patterns if not closeness(replace(OFFER, helps=(one[1],)), known)]
    assert nowhere == []


def test_what_is_shipped_says_its_source_and_no_guess_is_official() -> None:
    offers = catalogue_of()
    assert len(offers) > 25
    assert all(one.source and one.themes and one.summary.fr != one.summary.en for one in offers)
    assert {one.kind for one in offers} == set(OfferKind)
    portal = next(one for one in offers if one.id == "cert-sante-signalement")
    assert not portal.confidence.proves


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("kind: tool", "kind: gadget"), "kind"),
        (("themes: [directory]", "themes: []"), "themes"),
        (("address: https://", "address: http://"), "address"),
        (('"rule:ad.*"', '"ad krbtgt"'), "helps"),
        (("id: oradad", "id: pingcastle"), "pingcastle"),
        (("confidence: official", "confidence: sure"), "confidence"),
        (("    kind: service\n", "    kind: service\n    price: 3\n"), "price"),
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text(PATH.read_text().replace(*change))
    with pytest.raises(KitError, match=said):
        catalogue_of(path)
