import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.model import Finding, Ref, Rule, Severity, Text, Verdict, judged, refs, spoken


def test_severities_rank_from_critical_to_info() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3, 4]
    assert Severity.CRITICAL.at_least(Severity.HIGH)
    assert Severity.HIGH.at_least(Severity.HIGH)
    assert not Severity.MEDIUM.at_least(Severity.HIGH)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("anssi-ad:vuln_krbtgt@2", Ref("anssi-ad", "vuln_krbtgt", 2)),
        ("care-d2:O3.A", Ref("care-d2", "O3.A")),
        ("pgssi-s:7.4.5.2", Ref("pgssi-s", "7.4.5.2")),
        ("adcs:ESC1", Ref("adcs", "ESC1")),
    ],
)
def test_a_reference_reads_back_as_written(text: str, parsed: Ref) -> None:
    assert Ref.parse(text) == parsed
    assert str(parsed) == text


@given(st.text())
def test_a_reference_is_parsed_to_the_same_text_or_refused(text: str) -> None:
    try:
        parsed = Ref.parse(text)
    except ValueError:
        return
    assert Ref.parse(str(parsed)) == parsed


def test_a_finding_cannot_be_changed() -> None:
    evidence = {"days": 400}
    finding = Finding("LAB\\krbtgt", evidence)
    evidence["days"] = 1
    assert finding.evidence["days"] == 400
    with pytest.raises(TypeError):
        finding.evidence["days"] = 2  # type: ignore[index]


def test_two_findings_with_one_subject_are_one() -> None:
    verdict = judged(3, [Finding("A", {"n": 1}), Finding("a", {"n": 2}), Finding("b")])
    assert [finding.subject for finding in verdict.findings] == ["A", "b"]


def test_a_rule_needs_a_well_written_id() -> None:
    text = Text("t", "t")
    with pytest.raises(ValueError, match=r"scanner\.name"):
        Rule("Krbtgt", text, text, text, Severity.LOW, refs(), lambda _facts: Verdict(0), ("users",))


def test_a_text_renders_in_both_languages_with_values() -> None:
    text = Text("{n} jours pour {subject}", "{n} days for {subject}")
    assert text.render("fr", {"n": 3, "subject": "x"}) == "3 jours pour x"
    assert text.render("en", {"n": 3, "subject": "x"}) == "3 days for x"
    assert text.render("en") == "{n} days for {subject}"


def test_values_stand_in_a_sentence_as_people_write_them() -> None:
    text = Text("{subject} : {seen}, {minutes} min, {count}", "{subject}: {seen}, {minutes} min, {count}")
    rule: Rule[object] = Rule("ad.x", text, text, text, Severity.LOW, (), lambda _: Verdict(0), reads=())
    one = Finding("PC1", {"seen": True, "minutes": 45.0, "count": 12345})
    assert rule.describe(one, "fr") == "PC1 : oui, 45 min, 12345"
    assert rule.describe(Finding("PC1", {"seen": False, "minutes": 2.5, "count": 0}), "fr") == "PC1 : non, 2,5 min, 0"
    assert rule.describe(one, "en") == "PC1: yes, 45 min, 12345"


def test_a_placeholder_may_say_how_its_value_is_written() -> None:
    text = Text("{rto:h} ; {last:=aucun} ; {kind:care=soins|other=autre}", "{rto:h}; {last:=none}; {kind:care=care}")
    rule: Rule[object] = Rule("ad.x", text, text, text, Severity.LOW, (), lambda _: Verdict(0), reads=())
    one = Finding("PC1", {"rto": 1.67, "last": None, "kind": "care"})
    assert rule.describe(one, "fr") == "1 h 40 ; aucun ; soins"
    assert rule.describe(one, "en") == "1 h 40; none; care"
    other = Finding("PC1", {"rto": 24, "last": "2026-03-14", "kind": "unheard"})
    assert rule.describe(other, "fr") == "1 j ; 14/03/2026 ; unheard"


def test_numbers_and_moments_are_never_written_as_machines_do() -> None:
    one = Finding(
        "PC1", {"hours": 24.0, "volume": 123456.75, "ended": "2026-11-22T02:00:00+00:00", "name": "Bâtiment A"}
    )
    assert json.dumps(dict(one.evidence)["hours"]) == "24"
    assert [spoken(value, "fr") for value in one.evidence.values()] == [
        "24",
        "123456,75",
        "22/11/2026 02:00",
        "Bâtiment A",
    ]
    assert [spoken("2026-03-14", "fr"), spoken("2026-03-14", "en")] == ["14/03/2026", "2026-03-14"]
    assert spoken("2026-11-22T02:00:00Z", "en") == "2026-11-22 02:00"
    assert spoken("2026-03-14-b", "fr") == "2026-03-14-b"
    assert spoken(0.004, "fr") == "0"
