"""The packaged definitions of indicators: nothing of the field's list is missing, and a fault is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from care.adapters.indicator_kit import INDICATORS, indicators_of
from care.adapters.kit_reading import KitError
from care.domain.frameworks import Confidence
from care.domain.funded_domains import DOMAINS
from care.domain.indicators import Audience, Family, Measure, Trend, in_force

LISTED = {
    "EXO-TX": ("EXO-TX",),
    "EXO-OSE": ("EXO-OSE",),
    "EXO-NIV": ("EXO-NIV",),
    "EXPO-AUD": ("EXPO-AUD", "EXPO-AUD-AN"),
    "EXPO-CRIT": ("EXPO-CRIT",),
    "ADS-DIST": ("ADS-DIST",),
    "ADS-OK": ("ADS-OK",),
    "CARE-CAND": tuple(f"CARE-CAND:{one}" for one in DOMAINS),
    "CARE-ATT": tuple(f"CARE-ATT:{one}" for one in DOMAINS),
    "PCRA-66": ("PCRA-66",),
    "PCRA-TEST": ("PCRA-TEST",),
    "SAV-321": ("SAV-321",),
    "SAV-TEST": ("SAV-TEST",),
    "TLM-MFA": ("TLM-MFA",),
    "PDT-OBS": ("PDT-OBS", "PDT-OBS-SRV"),
    "PDT-EDR": ("PDT-EDR", "PDT-EDR-SRV"),
    "INC-SIG": ("INC-SIG", "INC-SIG-MAL", "INC-SIG-PAT", "INC-SIG-DEG"),
    "ACT-RET": ("ACT-RET",),
    "HAS-PRET": ("HAS-PRET",),
}
"""Every code of the regional list (domain facts, 11.2), and the indicators that answer it."""


def test_every_listed_code_is_defined_and_nothing_else() -> None:
    """The list is closed both ways."""
    answered = [code for codes in LISTED.values() for code in codes]
    assert sorted(answered) == sorted({one.code for one in indicators_of()})


def test_goals_of_the_yearly_exercise_begin_on_their_day() -> None:
    """Half of the establishments by the end of 2023, all of them by the end of 2024."""
    exercise = in_force(indicators_of(), 202611)["EXO-TX"]
    goals = [
        exercise.goal_on(on) for on in (date(2023, 12, 30), date(2023, 12, 31), date(2024, 12, 30), date(2024, 12, 31))
    ]
    assert [one and one.percent for one in goals] == [25, 50, 50, 100]
    assert exercise.goal_on(date(2023, 5, 30)) is None


def test_a_definition_says_what_it_needs() -> None:
    """What a page shows: thresholds, a domain where candidates are asked, both languages."""
    for one in indicators_of():
        assert one.measure is not Measure.REACHED or one.threshold, one.code
        assert one.audience is not Audience.CANDIDATES or one.domain in DOMAINS, one.code
        assert one.formula.fr != one.formula.en, one.code
        assert one.measure is not Measure.COUNT or one.trend is Trend.NONE, one.code


def test_what_no_text_gives_is_said_to_be_ours() -> None:
    """Thresholds that were read nowhere are not official."""
    known = in_force(indicators_of(), 202611)
    ours = ("EXPO-CRIT", "ADS-OK", "PDT-EDR", "TLM-MFA", "ACT-RET", "HAS-PRET")
    assert all(known[code].confidence is Confidence.OURS for code in ours)


def test_an_indicator_that_counts_otherwise_than_its_source_is_ours_and_says_so() -> None:
    """The programme counts files and candidates; their establishments are another figure than the one it publishes."""
    known = in_force(indicators_of(), 202611)
    programme = [one for one in known.values() if one.family is Family.PROGRAMME or one.audience is Audience.CANDIDATES]
    assert len(programme) >= 10
    for one in [*programme, known["EXPO-AUD"]]:
        assert one.confidence is Confidence.OURS, one.code
        assert one.note is not None, one.code
        assert "choix de CaRE" in one.note.fr, one.code


def test_the_version_in_force_is_the_last_begun() -> None:
    """A definition that changes holds from its month on; the months before keep theirs."""
    first = indicators_of()[0]
    second = replace(first, version="2", since=202601)
    both = (second, first)
    assert in_force(both, 202512)[first.code].version == first.version
    assert in_force(both, 202601)[first.code].version == "2"
    assert first.code not in in_force(both, 201912)


FILE = """
format: care-indicators/1
family: actions
indicators:
  - code: X-1
    version: "1"
    since: 202001
    title: {{fr: a, en: b}}
    formula: {{fr: a, en: b}}
    unit: {{fr: a, en: b}}
    measure: {measure}
    trend: up
    source: {{fr: a, en: b}}
    confidence: ours
{more}
"""


@pytest.mark.parametrize(
    ("measure", "more", "said"),
    [
        ("level", "", "levels that rise"),
        ("share", "    levels:\n      - {value: 1, name: {fr: a, en: b}}", "levels that rise"),
        ("reached", "    audience: candidates", "candidates for what"),
        ("count", "    goals:\n      - {percent: 5, since: 2024-01-01, source: x, confidence: ours}", "a goal is"),
        ("share", "    goals:\n      - {percent: 101, since: 2024-01-01, source: x, confidence: ours}", "percentage"),
        ("share", "    goals:\n      - {percent: 50, since: 2024, source: x, confidence: ours}", "date is expected"),
        ("share", "    within: X-2", "another indicator"),
        ("share", "    within: X-1", "another indicator"),
        ("share", "    colour: red", "unknown key: colour"),
        ("much", "", "not one of"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, measure: str, more: str, said: str) -> None:
    """A definition that contradicts itself is refused, with its place."""
    (tmp_path / "actions.yaml").write_text(FILE.format(measure=measure, more=more), "utf-8")
    with pytest.raises(KitError, match=said):
        indicators_of(tmp_path)


def test_a_month_twice_a_wrong_month_and_a_wrong_name_are_refused(tmp_path: Path) -> None:
    """Two versions of one month would leave nobody able to say which holds."""
    whole = FILE.format(measure="share", more="")
    entry = whole[whole.index("  - code") :]
    path = tmp_path / "actions.yaml"
    path.write_text(whole + entry.replace('version: "1"', 'version: "2"'), "utf-8")
    with pytest.raises(KitError, match="same first month"):
        indicators_of(tmp_path)
    other = tmp_path / "b"
    other.mkdir()
    (other / "actions.yaml").write_text(whole.replace("202001", "202013"), "utf-8")
    with pytest.raises(KitError, match="a month is expected"):
        indicators_of(other)
    third = tmp_path / "c"
    third.mkdir()
    (third / "backup.yaml").write_text(whole, "utf-8")
    with pytest.raises(KitError, match=r"actions\.yaml"):
        indicators_of(third)


def test_files_are_named_after_families() -> None:
    """One file a family, and every family has one."""
    assert {path.stem for path in INDICATORS.glob("*.yaml")} == set(Family)
