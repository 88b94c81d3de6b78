"""The category of a flaw: told from its CWE, never guessed."""

from __future__ import annotations

from collections import Counter

import pytest

from scanners.vulnerabilities.categories import _CATEGORIES, category_of


@pytest.mark.parametrize(
    ("weakness", "category"),
    [("CWE-787", "Memory corruption"), ("CWE-78", "Command or code execution"), ("CWE-306", "Bypass of authentication"),
     ("CWE-22", "Access to forbidden files"), ("CWE-400", "Denial of service")],
)  # fmt: skip
def test_a_common_kind_has_its_category(weakness: str, category: str) -> None:
    found = category_of(weakness)
    assert found is not None
    assert found.en == category


@pytest.mark.parametrize("weakness", ["", "CWE-1", "CWE-7870", "NVD-CWE-Other", "787"])
def test_any_other_has_none(weakness: str) -> None:
    assert category_of(weakness) is None


def test_a_kind_belongs_to_one_category() -> None:
    counts = Counter(number for _words, numbers in _CATEGORIES for number in numbers)
    assert [number for number, count in counts.items() if count > 1] == []
