"""Monthly figures: typed, corrected, imported, summed over a group; measured by the platform; against a target."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from fractions import Fraction

import openpyxl
import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Place, Role
from care.domain.frameworks import Confidence
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.governance import figure_import
from care.services.governance.figure_files import figures_csv
from care.services.governance.figure_import import Fate, apply_import, preview_import, table_text
from care.services.governance.figure_writing import FigureDraft, remove_figure, set_figure
from care.services.governance.figures import IndicatorView, read_figures, read_indicator
from care.services.governance.measured_accounts import REGISTER_RULE
from care.services.platform import Platform
from care.store.frameworks import ParameterValue
from care.store.governance import MonthlyFigure
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from care.store.trail import TrailEvent
from scanners.model import Severity, Status
from tests.support.people import MACHINE, Hospitals, person
from tests.web.governance import plant_governance

both = pytest.mark.both_databases
CODE = "ins_qualified"
HEADER = "indicateur;mois;nombre;total;source\n"


def give(platform: Platform, site: int, month: str, part: str, whole: str, version: int = 0, code: str = CODE) -> None:
    set_figure(platform, MACHINE, site, code, FigureDraft(month, part, whole, "Requête"), version)


def place(site: int) -> Place:
    return Place(Level.ESTABLISHMENT, site)


def one(platform: Platform, where: Place, code: str = CODE) -> IndicatorView:
    return read_indicator(platform, MACHINE, where, code)[1]


@pytest.fixture(autouse=True)
def in_march(platform: Platform) -> None:
    assert platform.clock.now().astimezone(UTC).date().replace(day=1) == date(2026, 3, 1)


@both
def test_a_correction_keeps_what_was_before(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-02", "90", "100")
    give(platform, hospitals.valley, "02/2026", "95", "100", 1)
    month = next(m for m in one(platform, place(hospitals.valley)).months if m.given)
    assert (month.part, month.share, month.version) == (95, "95,0\u00a0%", 2)
    assert [c.words for c in month.corrections] == ["90 / 100 corrigé en 95 / 100"]
    give(platform, hospitals.valley, "2026-02", "95", "100", 2)
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).where(TrailEvent.thing_kind == "monthly_figure")) == 2


@both
def test_two_people_type_one_month(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-02", "90", "100")
    with pytest.raises(Refused, match="the part"):
        give(platform, hospitals.valley, "2026-02", "80", "100")


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (FigureDraft("2026-04", "1", "2", "x"), {"month"}),
        (FigureDraft("avril 2026", "1", "2", "x"), {"month"}),
        (FigureDraft("1999-12", "1", "2", "x"), {"month"}),
        (FigureDraft("hier", "1", "2", "x"), {"month"}),
        (FigureDraft("2026-02", "3", "2", "x"), {"part"}),
        (FigureDraft("2026-02", "-1", "2", "x"), {"part"}),
        (FigureDraft("2026-02", "1", "2,5", "x"), {"whole"}),
        (FigureDraft("2026-02", "1", "", "x"), {"whole"}),
        (FigureDraft("2026-02", "1", "2", " "), {"source"}),
        (FigureDraft("2026-02", "1", "9" * 13, "x"), {"whole"}),
    ],
)
def test_what_is_no_figure(platform: Platform, hospitals: Hospitals, draft: FigureDraft, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        set_figure(platform, MACHINE, hospitals.valley, CODE, draft, 0)
    assert set(refusal.value.fields) == fields


def test_the_present_month_and_a_whole_of_nothing_are_figures(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-03", "0", "0")
    latest = one(platform, place(hospitals.valley)).latest
    assert latest is not None
    assert (latest.given, latest.value, latest.share) == (True, None, "")


def test_trend_gaps_and_chart(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2025-11", "800", "1000")
    give(platform, hospitals.valley, "2026-01", "812", "1000")
    view = one(platform, place(hospitals.valley))
    assert view.trend == "+1,2 point depuis novembre 2025"
    assert view.better is True
    assert view.gaps == ("décembre 2025", "février 2026")
    assert view.chart is not None
    assert [row[1] for row in view.chart.rows][-5:] == [
        "80,0\u00a0%",
        "non renseigné",
        "81,2\u00a0%",
        "non renseigné",
        "non renseigné",
    ]
    give(platform, hospitals.valley, "2026-01", "3", "100", code="mss_rejected")
    give(platform, hospitals.valley, "2026-02", "5", "100", code="mss_rejected")
    worse = one(platform, place(hospitals.valley), "mss_rejected")
    assert (worse.trend, worse.better) == ("+2,0 points depuis janvier 2026", False)


def test_targets_of_hospiconnect_are_to_confirm(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-02", "74", "100", code="mes_consent")
    target = one(platform, place(hospitals.valley), "mes_consent").target
    assert target is not None
    assert (target.written, target.year, target.confidence) == ("75\u00a0%", 2027, Confidence.SECOND_HAND)
    assert target.reached is False
    with platform.database.write() as session:
        entered = {"framework": "hospiconnect", "parameter": "consent_2027_percent", "value": "70"}
        now = platform.clock.now()
        session.add(ParameterValue(**entered, source="Guide ANS, p. 12", entered_at=now, entered_by="A"))
    target = one(platform, place(hospitals.valley), "mes_consent").target
    assert target is not None
    assert (target.written, target.source, target.reached) == ("70\u00a0%", "Guide ANS, p. 12", True)
    assert one(platform, place(hospitals.valley)).target is None


def test_shipped_targets_are_those_of_the_framework(platform: Platform) -> None:
    frameworks = {framework.id: framework for framework in platform.kits.frameworks}
    named = [t for i in platform.kits.governance.indicators.values() for t in i.targets if t.parameter]
    assert len(named) == 4
    for target in named:
        framework, _, parameter = target.parameter.partition(":")
        known = frameworks[framework].parameters[parameter]
        assert (known.value, known.confidence) == (target.percent, target.confidence)


@both
def test_a_group_sums_when_everybody_said(platform: Platform, hospitals: Hospitals) -> None:
    where = Place(Level.GHT, hospitals.ght)
    give(platform, hospitals.valley, "2026-02", "1", "3")
    month = one(platform, where).months[1]
    assert (month.part, month.known, month.missing) == (None, 1, ("Hôpital de la Colline",))
    give(platform, hospitals.hill, "2026-02", "1", "1")
    month = one(platform, where).months[1]
    assert (month.value, month.share, month.missing) == (Fraction(1, 2), "50,0\u00a0%", ())


@both
def test_a_figure_typed_by_mistake_is_taken_back(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-02", "1", "3")
    number = one(platform, place(hospitals.valley)).months[1].id
    with pytest.raises(NotFound):
        remove_figure(platform, MACHINE, hospitals.hill, number, 1)
    with pytest.raises(Refused):
        remove_figure(platform, MACHINE, hospitals.valley, number, 2)
    remove_figure(platform, MACHINE, hospitals.valley, number, 1)
    assert one(platform, place(hospitals.valley)).latest is None
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "monthly_figure.removed")).one()
        assert (event.detail["part_before"], event.detail["month"]) == (1, "2026-02-01")


def test_who_types(platform: Platform, hospitals: Hospitals) -> None:
    draft = FigureDraft("2026-02", "1", "2", "x")
    for role in (Role.CISO, Role.QUALITY):
        scope = person(role, Level.ESTABLISHMENT, hospitals.valley)
        code = "ins_qualified" if role is Role.CISO else "mss_letters"
        set_figure(platform, scope, hospitals.valley, code, draft, 0)
    with pytest.raises(Forbidden):
        set_figure(
            platform, person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley, CODE, draft, 1
        )
    with pytest.raises(NotFound):
        set_figure(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley, CODE, draft, 1)
    with pytest.raises(NotFound):
        set_figure(platform, MACHINE, hospitals.valley, "nothing", draft, 0)


# The platform's own measure


def measure(platform: Platform, site: int, population: int, findings: int, day: int, status: Status) -> None:
    now = datetime(2026, 2, day, 9, tzinfo=UTC)
    with platform.database.write() as session:
        target = session.scalars(select(Target).where(Target.establishment_id == site)).first()
        if target is None:
            target = Target(
                establishment_id=site,
                scanner="remote_access",
                name="Registre",
                request={},
                created_at=now,
                created_by="A",
                changed_at=now,
            )
            session.add(target)
            session.flush()
        run = Run(
            establishment_id=site,
            target_id=target.id,
            scanner="remote_access",
            asked_at=now,
            asked_by="A",
            recorded_at=now,
            collected_to=now,
        )
        session.add(run)
        session.flush()
        said = {"rule": REGISTER_RULE, "status": status, "conclusive": True, "severity": Severity.HIGH}
        session.add(
            RuleOutcome(run_id=run.id, population=population, findings=findings, reason_fr="", reason_en="", **said)
        )


@both
def test_the_last_audit_of_the_register_is_shown_beside(platform: Platform, hospitals: Hospitals) -> None:
    where = place(hospitals.valley)
    assert one(platform, where, "mfa_third_parties").measured is None
    measure(platform, hospitals.valley, 10, 9, 2, Status.FAILED)
    measure(platform, hospitals.valley, 15, 3, 20, Status.FAILED)
    measure(platform, hospitals.valley, 0, 0, 25, Status.NOT_ASSESSABLE)
    view = one(platform, where, "mfa_third_parties")
    assert view.measured is not None
    assert (view.measured.part, view.measured.whole, view.measured.on) == (12, 15, date(2026, 2, 20))
    assert view.measured_share == "80,0\u00a0%"
    assert view.latest is None
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    assert read_indicator(platform, visitor, where, "mfa_third_parties")[1].measured is None


# Files


def test_a_file_handed_out_changes_nothing_when_read_back(platform: Platform, hospitals: Hospitals) -> None:
    plant_governance(platform, hospitals)
    content = figures_csv(platform, MACHINE, place(hospitals.valley))
    preview = preview_import(platform, MACHINE, hospitals.valley, table_text(content), "")
    assert preview.faults == ()
    assert preview.ignored == ()
    assert {line.fate for line in preview.lines} == {Fate.SAME}
    assert not preview.useful


@both
def test_an_import_is_shown_then_done(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-01", "1", "10")
    give(platform, hospitals.valley, "2025-12", "2", "10")
    text = HEADER + (
        "ins_qualified;2026-01;5;10;Requête\n"
        "Identités de santé qualifiées;02/2026;6;10;\n"
        "ins_qualified;2025-12;2;10;Requête\n"
    )
    seen = preview_import(platform, MACHINE, hospitals.valley, text, "Tableau du DIM")
    assert [(line.fate, line.before, line.after) for line in seen.lines] == [
        (Fate.CHANGED, "1 / 10", "5 / 10"),
        (Fate.NEW, "", "6 / 10"),
        (Fate.SAME, "2 / 10", "2 / 10"),
    ]
    with pytest.raises(Refused):
        apply_import(platform, MACHINE, hospitals.valley, text, "Tableau du DIM", "another")
    apply_import(platform, MACHINE, hospitals.valley, text, "Tableau du DIM", seen.seen)
    months = {m.name: m for m in one(platform, place(hospitals.valley)).months if m.given}
    assert {name: m.part for name, m in months.items()} == {"février 2026": 6, "janvier 2026": 5, "décembre 2025": 2}
    assert months["février 2026"].source == "Tableau du DIM"
    assert [c.words for c in months["janvier 2026"].corrections] == ["1 / 10 corrigé en 5 / 10"]


def test_an_import_seen_before_a_change_is_refused(platform: Platform, hospitals: Hospitals) -> None:
    text = HEADER + "ins_qualified;2026-01;5;10;x\n"
    seen = preview_import(platform, MACHINE, hospitals.valley, text, "")
    give(platform, hospitals.valley, "2026-02", "1", "10")
    with pytest.raises(Refused, match="changed since"):
        apply_import(platform, MACHINE, hospitals.valley, text, "", seen.seen)


def test_faults_name_line_and_column_and_nothing_is_written(platform: Platform, hospitals: Hospitals) -> None:
    text = HEADER + (
        "inconnu;2026-01;5;10;x\n"
        "ins_qualified;2026-05;5;10;x\n"
        "ins_qualified;2026-01;11;10;x\n"
        "ins_qualified;2026-02;1;10;\n"
        "mss_letters;2026-02;1;10;x\n"
        "mss_letters;02/2026;2;10;x\n"
    )
    seen = preview_import(platform, MACHINE, hospitals.valley, text, "")
    assert [fault.split(" : ")[0] for fault in seen.faults] == [
        "Ligne 2, indicateur",
        "Ligne 3, mois",
        "Ligne 4, nombre",
        "Ligne 5, source",
        "Ligne 7",
    ]
    with pytest.raises(Refused):
        apply_import(platform, MACHINE, hospitals.valley, text, "", seen.seen)
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(MonthlyFigure)) == 0


def test_a_workbook_is_read_like_a_csv(platform: Platform, hospitals: Hospitals) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Indicateur", "Mois", "Nombre", "Total", "Source", "Humeur"])
    book.active.append(["ins_qualified", datetime(2026, 2, 1), 6, 10.0, "'=1+1", "bonne"])  # noqa: DTZ001 - a cell
    out = io.BytesIO()
    book.save(out)
    preview = preview_import(platform, MACHINE, hospitals.valley, table_text(out.getvalue()), "Classeur")
    assert preview.ignored == ("Humeur",)
    assert [(line.month, line.after) for line in preview.lines] == [("février 2026", "6 / 10")]


def test_a_formula_never_computed_is_refused_rather_than_read_as_nothing() -> None:
    book = openpyxl.Workbook()
    book.active.append(["Indicateur", "Mois", "Nombre", "Total"])
    book.active.append([])
    book.active.append(["ins_qualified", "2026-02", "=3+3", 10])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(Invalid) as refusal:
        table_text(out.getvalue(), "dim.xlsx")
    said = refusal.value.fields["file"]
    assert said.fr.startswith("Le fichier dim.xlsx est refusé : ligne 3 : une formule n’y a jamais été calculée")
    assert said.en.startswith("The file dim.xlsx is refused: line 3: a formula there was never computed")


def test_lines_keep_their_number_from_the_file_to_the_faults(platform: Platform, hospitals: Hospitals) -> None:
    content = "\n" + HEADER + "\nins_qualified;2026-01;11;10;x\n"
    seen = preview_import(platform, MACHINE, hospitals.valley, table_text(content.encode()), "")
    assert [fault.split(" : ")[0] for fault in seen.faults] == ["Ligne 4, nombre"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0", b"a;b\n1;2\n", b"\0\1\2"])
def test_what_is_no_table_of_months(platform: Platform, hospitals: Hospitals, content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        preview_import(platform, MACHINE, hospitals.valley, table_text(content), "")
    assert set(refusal.value.fields) == {"file"}


def test_too_many_lines(platform: Platform, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_import, "MAX_LINES", 1)
    text = HEADER + "ins_qualified;2026-01;5;10;x\nins_qualified;2026-02;5;10;x\n"
    with pytest.raises(Invalid, match="line 3: more than 1 lines"):
        preview_import(platform, MACHINE, hospitals.valley, text, "")


def test_the_page_lists_every_indicator(platform: Platform, hospitals: Hospitals) -> None:
    plant_governance(platform, hospitals)
    view = read_figures(platform, MACHINE, place(hospitals.valley))
    assert len(view.all) == len(platform.kits.governance.indicators)
    assert view.known == 3
    assert all(indicator.source and indicator.part for indicator in view.all)
