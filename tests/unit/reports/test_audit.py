"""The audit report: standards, determinism, contents, hostile texts, bounds."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import Any

import page
import pytest
from pypdf import PdfReader

from reports.audit import (
    AuditReport,
    EvidenceRow,
    GoneThing,
    LevelPoint,
    LevelStep,
    PlannedStep,
    PressLimits,
    ReportChanges,
    ReportFailure,
    ReportFinding,
    ReportImport,
    ReportLevel,
    ReportPerimeter,
    SeenAddress,
    Severity,
    Status,
    render_audit,
)
from reports.audit_document import (
    MOST_ADDRESSES,
    MOST_GONE,
    MOST_IMPORTS,
    MOST_POINTS,
    MOST_SUBJECTS,
    compose,
    failed_groups,
)
from reports.audit_phrases import conclusion, level_said, phrases
from reports.errors import ReportError
from reports.press import typeset
from reports.words import Lang
from tests.support.pdf import failures_of, text_of
from tests.unit.reports import samples

LANGS: tuple[Lang, ...] = ("fr", "en")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", [samples.campaign, samples.empty, samples.all_passed, samples.none_assessable])
def test_is_accessible_and_fit_for_archiving(make: Any, lang: Lang) -> None:
    assert failures_of(render_audit(make(lang))) == []


def test_the_validators_do_refuse_a_poor_document() -> None:
    with pytest.raises(page.PageError):
        failures_of(b"not a PDF")


def test_same_report_gives_the_same_bytes() -> None:
    assert render_audit(samples.campaign("fr")) == render_audit(samples.campaign("fr"))


def test_the_date_is_the_reports_own() -> None:
    report = samples.campaign("fr")
    other = replace(report, issued_at=report.issued_at + timedelta(days=1))
    assert PdfReader(io.BytesIO(render_audit(report))).metadata.creation_date == report.issued_at
    assert render_audit(report) != render_audit(other)


@pytest.mark.parametrize("lang", LANGS)
def test_holds_every_finding_with_evidence_and_remediation(lang: Lang) -> None:
    report = samples.campaign(lang)
    squeezed = text_of(render_audit(report)).replace(" ", "")
    for outcome in report.outcomes():
        wanted = [outcome.rule_id, outcome.title, outcome.remediation, outcome.reason]
        for finding in outcome.findings:
            wanted += [finding.subject, finding.state, *(row.value for row in finding.evidence)]
        for text in wanted:
            assert "".join(text.split()) in squeezed, text


def test_says_who_when_and_on_what() -> None:
    text = text_of(render_audit(samples.campaign("fr")))
    for wanted in ("Centre hospitalier de Valmont", "690000013", "03/11/2026", "Diffusion restreinte", "Page 1 sur"):
        assert wanted in text
    assert samples.directory("fr").facts_sha256 in text.replace(" ", "")


def with_imports(lang: Lang, count: int) -> AuditReport:
    report = samples.campaign(lang)
    one = ReportImport("Nessus", "Serveurs *du* #siège", report.issued_at, 41, {Severity.CRITICAL: 1234})
    return replace(report, imports=(one,) * count)


@pytest.mark.parametrize("lang", LANGS)
def test_results_of_other_tools_are_told_apart_from_the_audits(lang: Lang) -> None:
    document = render_audit(with_imports(lang, 1))
    assert failures_of(document) == []
    text = text_of(document)
    assert phrases(lang)["imports_title"] in text
    assert "Serveurs *du* #siège" in text
    assert conclusion(with_imports(lang, 1)) == conclusion(samples.campaign(lang)), "they count in no figure"
    assert phrases(lang)["imports_title"] not in text_of(render_audit(samples.campaign(lang)))


def with_level(lang: Lang, points: int) -> AuditReport:
    report = samples.campaign(lang)
    named = tuple(LevelPoint(f"vuln_{number} (1)", "Règle *de* #contrôle") for number in range(points))
    step = LevelStep("Vider les groupes privilégiés", "1", "environ 12 objets et 3 droits", "2,5", "3")
    level = ReportLevel("Pour atteindre au mieux le niveau 3", named, named[:1], (step,))
    audit = replace(report.audits[0], conclusion="au mieux niveau 1", level=level)
    return replace(report, audits=(audit, *report.audits[1:]))


def with_perimeter(lang: Lang, addresses: int) -> AuditReport:
    report = samples.campaign(lang)
    seen = tuple(
        SeenAddress(f"192.0.2.{rank}", "portail.hopital.test", ("443/tcp nginx *1.22*", "22/tcp ssh"), worst)
        for rank, worst in zip(range(addresses), cycle((Severity.CRITICAL, Severity.LOW, None)), strict=False)
    )
    plan = (PlannedStep("Fermer les bases de données", Severity.CRITICAL, 3, "1,5"),)
    perimeter = ReportPerimeter((("portail.hopital.test", "192.0.2.0"),), seen, plan)
    audit = replace(report.audits[0], perimeter=perimeter)
    return replace(report, audits=(audit, *report.audits[1:]))


@pytest.mark.parametrize("lang", LANGS)
def test_an_exposure_audit_shows_its_perimeter_and_its_plan(lang: Lang) -> None:
    document = render_audit(with_perimeter(lang, 3))
    assert failures_of(document) == []
    text = text_of(document)
    words = phrases(lang)
    said = ("192.0.2.2", "portail.hopital.test", "nginx *1.22*", "Fermer les bases de données", "1,5")
    for wanted in (words["perimeter_title"], words["plan_title"], words["perimeter_safe"], *said):
        assert wanted in text
    assert words["perimeter_none"] in text_of(render_audit(with_perimeter(lang, 0)))
    assert words["perimeter_title"] not in text_of(render_audit(samples.campaign(lang)))


def test_a_large_perimeter_is_cut_and_says_so() -> None:
    audits = compose(with_perimeter("fr", MOST_ADDRESSES + 4))["audits"]
    (seen,) = (one["perimeter"] for one in audits if one["perimeter"])
    assert len(seen["tiles"]) == MOST_ADDRESSES
    assert seen["tiles_cut"] == "… + 4"


def test_the_perimeter_is_drawn_on_as_many_sheets_as_it_takes_and_says_what_was_declared() -> None:
    one, many = (
        next(audit["perimeter"] for audit in compose(with_perimeter("fr", count))["audits"] if audit["perimeter"])
        for count in (1, 200)
    )
    assert len(one["map"]) == 1
    assert one["map"][0]["share"] < 50, "a lone address is not blown up to the width of the page"
    assert len(many["map"]) > 1
    report = with_perimeter("fr", 200)
    perimeter = report.audits[0].perimeter
    assert perimeter is not None
    declared = replace(perimeter, declared=(("Mandat", "CONV-2026-17 *du* #mandat"),))
    document = render_audit(replace(report, audits=(replace(report.audits[0], perimeter=declared),)))
    assert failures_of(document) == []
    text = text_of(document)
    assert "CONV-2026-17 *du* #mandat" in text
    assert phrases("fr")["perimeter_declared"] in text


def test_the_technical_summary_counts_by_severity() -> None:
    document = compose(samples.campaign("fr"))
    told = {row["severity"]: row["cells"] for row in document["technical"]}
    for section in document["sections"]:
        findings, rules, subjects = told[section["severity"]]
        assert int(rules) == len(section["groups"])
        assert int(findings) == sum(len(group["findings"]) for group in section["groups"])
        assert 0 < int(subjects) <= int(findings)
    assert set(told) == {severity.value for severity in Severity}
    assert phrases("fr")["technical_title"] in text_of(render_audit(samples.campaign("fr")))


@pytest.mark.parametrize("lang", LANGS)
def test_the_level_of_a_directory_comes_with_what_holds_it_and_what_to_do(lang: Lang) -> None:
    document = render_audit(with_level(lang, 3))
    assert failures_of(document) == []
    text = text_of(document)
    said = ("au mieux niveau 1", "Pour atteindre", "vuln_2 (1)", "Règle *de* #contrôle", "Vider les groupes")
    for wanted in (phrases(lang)["level_title"], phrases(lang)["level_unassessed"], *said, "environ 12 objets"):
        assert wanted in text
    assert phrases(lang)["level_title"] not in text_of(render_audit(samples.campaign(lang)))


def test_very_many_points_are_cut_and_the_cut_is_said() -> None:
    (level,) = (one["level"] for one in compose(with_level("fr", MOST_POINTS + 2))["audits"] if one["level"])
    assert len(level["blocking"]["rows"]) == MOST_POINTS
    assert (level["blocking"]["cut"], level["unassessed"]["cut"]) == ("… + 2", "")


def test_very_many_imports_are_cut_and_the_cut_is_said() -> None:
    imports = compose(with_imports("fr", MOST_IMPORTS + 3))["imports"]
    assert len(imports["rows"]) == MOST_IMPORTS
    assert imports["cut"].startswith("3 périmètres de plus")
    assert compose(with_imports("fr", MOST_IMPORTS))["imports"]["cut"] == ""


def test_off_platform_says_so() -> None:
    assert "Audit hors plateforme" in text_of(render_audit(samples.empty("fr")))


def test_five_thousand_findings_stay_in_bounds_and_conform() -> None:
    """Measured: 5 s, 330 MiB, 122 pages on one core; the bounds leave room for a slow machine."""
    document = render_audit(samples.huge("fr"), PressLimits(seconds=60, memory_bytes=1 << 30))
    assert failures_of(document) == []


def test_the_synthesis_is_one_page() -> None:
    sheets = PdfReader(io.BytesIO(render_audit(samples.campaign("fr")))).pages
    assert phrases("fr")["unseen"] in sheets[0].extract_text()
    assert phrases("fr")["scope"] in sheets[1].extract_text()


def test_the_synthesis_is_one_page_with_the_longest_texts() -> None:
    report = samples.huge("fr", rules=8, findings=1)
    audit = report.audits[0]
    long = "Un intitulé d’une longueur déraisonnable " * 30
    outcomes = tuple(replace(outcome, title=long, remediation=long) for outcome in audit.outcomes)
    lost = replace(samples.none_assessable("fr").audits[0], target="cible-" * 60)
    crowded = replace(report, audits=(replace(audit, outcomes=outcomes, target="c" * 300), *[lost] * 12))
    sheets = PdfReader(io.BytesIO(render_audit(crowded))).pages
    assert phrases("fr")["scope"] in sheets[1].extract_text()


class TestConclusion:
    def test_counts_the_worst(self) -> None:
        said = conclusion(samples.campaign("fr"))
        assert (said.tone, said.findings) == ("alert", "L’audit relève 28 constats, dont 2 critiques.")
        assert said.level == level_said(Severity.CRITICAL, "fr", assessed=True)
        assert said.unseen.startswith("2 règles sur 9 sans réponse, 2 collectes partielles")

    def test_good_news_only_when_everything_answered(self) -> None:
        said = conclusion(samples.all_passed("fr"))
        assert (said.tone, said.level, said.unseen) == ("good", "", "")

    @pytest.mark.parametrize("lang", LANGS)
    def test_no_weakness_is_no_news_when_nothing_could_be_assessed(self, lang: Lang) -> None:
        told = {level_said(worst, lang, assessed=True) for worst in (*Severity, None)}
        assert len(told) == len(Severity), "the two least severities are told alike"
        assert level_said(None, lang, assessed=False) not in told
        assert level_said(Severity.HIGH, lang, assessed=False) in told

    @pytest.mark.parametrize("lang", LANGS)
    def test_one_rule_without_an_answer_is_no_green_light(self, lang: Lang) -> None:
        report = samples.all_passed(lang)
        audit = report.audits[0]
        lost = replace(audit.outcomes[0], status=Status.NOT_ASSESSABLE)
        said = conclusion(replace(report, audits=(replace(audit, outcomes=(lost, *audit.outcomes[1:])),)))
        assert said.tone == "warning"
        assert said.unseen

    def test_a_gap_alone_is_no_green_light(self) -> None:
        report = samples.all_passed("fr")
        audit = replace(report.audits[0], gaps=samples.directory("fr").gaps)
        assert conclusion(replace(report, audits=(audit,))).tone == "warning"

    def test_an_audit_not_made_is_no_green_light_and_is_named(self) -> None:
        failure = ReportFailure("Sauvegardes", "plan de Valmont", "Mot de passe du dépôt refusé.")
        report = replace(samples.all_passed("fr"), failures=(failure,))
        said = conclusion(report)
        assert (said.tone, said.unseen) == (
            "warning", "1 audit non fait\u00a0: la situation réelle peut être plus grave."
        )  # fmt: skip
        text = text_of(render_audit(report))
        assert "Sauvegardes (plan de Valmont)" in text
        assert failure.reason in text

    @pytest.mark.parametrize("make", [samples.empty, samples.none_assessable])
    def test_nothing_assessed_allows_no_conclusion(self, make: Any) -> None:
        assert conclusion(make("fr")).tone == "unknown"


class TestGroups:
    def test_worst_first_then_most_findings(self) -> None:
        ids = [group.rule.rule_id for group in failed_groups(samples.campaign("fr"))]
        assert ids == [
            "ad.krbtgt_password_age", "exposure.open_database", "exposure.old_tls", "ad.password_never_expires",
        ]  # fmt: skip

    def test_one_rule_over_two_targets_is_one_group(self) -> None:
        report = samples.campaign("fr")
        twin = replace(samples.exposure("fr"), target="127.0.21.0/28")
        groups = failed_groups(replace(report, audits=(samples.exposure("fr"), twin)))
        assert [len(group.findings) for group in groups] == [2, 4]
        assert compose(replace(report, audits=(twin, twin)))["sections"][0]["groups"][0]["several_targets"]

    def test_long_lists_are_cut_and_the_cut_is_said(self) -> None:
        group = compose(samples.huge("fr", 1, MOST_SUBJECTS + 5))["sections"][0]["groups"][0]
        assert len(group["findings"]) == MOST_SUBJECTS
        assert group["cut"].startswith("5 autres constats")

    def test_a_list_at_the_limit_is_whole(self) -> None:
        group = compose(samples.huge("fr", 1, MOST_SUBJECTS))["sections"][0]["groups"][0]
        assert (len(group["findings"]), group["cut"]) == (MOST_SUBJECTS, "")

    def test_very_many_rules_stay_bounded(self) -> None:
        sections = compose(samples.huge("fr", 500, 40))["sections"]
        assert sum(len(group["findings"]) for section in sections for group in section["groups"]) == 5_000


HOSTILE = [
    "#set page(width: 1cm) #panic() $x$ *gras* _it_ `code` <label> @ref = titre \\ // /* */ ~ --- [a] {b}",
    "#image(\"/etc/passwd\") #read(\"/etc/passwd\") #import \"@preview/x:1.0.0\": *",
    "cloche \x07 nul \x00 échappement \x1b[31m suppr \x7f",
    "droite à gauche \u202egpj.exe invisible \u200b\ufeff fin",
    "中文 العربية 😀 \U000e0041 \ufffe \ud800",
    "combinant e\u0301\u0323\u0308 et seul \u0301",
    "long " + "x" * 100_000,
    "lignes\r\nune\u2028deux\x85trois\ttab",
    "",
    " \n",
]  # fmt: skip


def hostile(text: str) -> AuditReport:
    """A report in which every text from outside is `text`."""
    report = samples.campaign("fr")
    finding = ReportFinding(text, text, (EvidenceRow(text, text),), text)
    audits = []
    for audit in report.audits:
        outcomes = tuple(
            replace(
                outcome, rule_id=text or "x.y", title=text, remediation=text, reason=text, references=(text,),
                findings=(finding,) * (5 if outcome.severity is Severity.MEDIUM else 1) if outcome.findings else (),
            )
            for outcome in audit.outcomes
        )  # fmt: skip
        gaps = tuple(replace(gap, section=text, reason=text) for gap in audit.gaps)
        audits.append(replace(audit, scanner=text, target=text, facts_sha256=text, outcomes=outcomes, gaps=gaps))
    return replace(report, audits=tuple(audits), establishment=text, finess=text)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_set_as_plain_text(text: str) -> None:
    document = render_audit(hostile(text))
    assert failures_of(document) == []


def test_markup_is_printed_and_not_obeyed() -> None:
    squeezed = text_of(render_audit(hostile(HOSTILE[0]))).replace(" ", "")
    assert "".join(HOSTILE[0].split()) in squeezed


def test_what_has_no_glyph_is_printed_as_its_code() -> None:
    squeezed = text_of(render_audit(hostile(HOSTILE[3]))).replace(" ", "")
    assert "\\u{202e}gpj.exe" in squeezed


@pytest.mark.parametrize("limits", [PressLimits(seconds=0), PressLimits(memory_bytes=60 << 20)])
def test_too_little_time_or_memory_is_said(limits: PressLimits) -> None:
    with pytest.raises(ReportError, match="went over its limits") as caught:
        render_audit(samples.campaign("fr"), limits)
    assert "demandez-le pour moins d’audits" in caught.value.sentence("fr")


def test_too_many_audits_are_refused() -> None:
    report = samples.campaign("fr")
    with pytest.raises(ReportError, match="100 audits at most, not 101"):
        compose(replace(report, audits=report.audits[:1] * 101))


def test_a_refusal_of_the_typesetter_is_said() -> None:
    with pytest.raises(ReportError, match="could not be typeset") as caught:
        typeset("no_such_template", {}, samples.ISSUED)
    assert "les résultats de l’audit sont intacts" in caught.value.sentence("fr")


def test_both_languages_have_the_same_words() -> None:
    assert phrases("fr").keys() == phrases("en").keys()


def with_changes(lang: Lang, changes: ReportChanges) -> AuditReport:
    report = with_perimeter(lang, 1)
    first = report.audits[0]
    assert first.perimeter is not None
    outcomes = tuple(replace(one, category="Service *exposé*") for one in first.outcomes)
    audit = replace(first, outcomes=outcomes, perimeter=replace(first.perimeter, changes=changes))
    return replace(report, audits=(audit, *report.audits[1:]))


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_gone_since_the_audit_before_is_told_by_name_and_weaknesses_have_a_type(lang: Lang) -> None:
    gone = GoneThing("Service", "192.0.2.9:23/tcp", "telnet *netkit*")
    document = render_audit(with_changes(lang, ReportChanges(first=False, appeared=2, changed=1, gone=(gone,))))
    assert failures_of(document) == []
    text, words = text_of(document), phrases(lang)
    said = {"fr": "2 choses apparues, 1 changée, 1 disparue.", "en": "2 things appeared, 1 changed, 1 gone."}[lang]
    for wanted in (words["changes_title"], said, words["changes_gone"], gone.key, gone.what, "Service *exposé*"):
        assert wanted in text
    assert words["changes_title"] not in text_of(render_audit(with_perimeter(lang, 1)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (ReportChanges(first=True), "Premier audit de cette cible : tout ce qui est vu est nouveau."),
        (ReportChanges(first=False), "Rien n’est apparu, n’a changé ni n’a disparu."),
        (ReportChanges(first=False, appeared=1), "1 chose apparue, 0 changée, 0 disparue."),
    ],
)
def test_an_audit_says_what_it_changed_even_when_it_is_nothing(changes: ReportChanges, said: str) -> None:
    (seen,) = (one["perimeter"] for one in compose(with_changes("fr", changes))["audits"] if one["perimeter"])
    assert (seen["changes"]["said"], seen["changes"]["gone"]) == (said, [])


def test_a_long_list_of_things_gone_is_cut_and_says_so() -> None:
    many = tuple(GoneThing("Service", f"192.0.2.{rank}:23/tcp", "telnet") for rank in range(MOST_GONE + 3))
    report = with_changes("fr", ReportChanges(first=False, gone=many))
    (seen,) = (one["perimeter"] for one in compose(report)["audits"] if one["perimeter"])
    assert (len(seen["changes"]["gone"]), seen["changes"]["cut"]) == (MOST_GONE, "… + 3")
