"""CSV of activities, resources and dependencies: read whatever wrote it, shown, confirmed once, handed out and back."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, Perimeter, ResourceKind, Strength
from care.services.activities import ActivityDraft, change_activity, create_activity, list_activities, open_activity
from care.services.continuity_files import MAX_BYTES, Sort
from care.services.continuity_import import (
    MAX_DRAFTS,
    ContinuityPreview,
    PreviewFile,
    SentFile,
    confirm,
    export,
    give_up,
    list_waiting,
    preview,
    receive,
)
from care.services.dependencies import DependencyDraft, add_dependency
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.node_ending import end_node
from care.services.perimeters import Standing, list_perimeters, say_absent
from care.services.platform import Platform
from care.services.resources import ResourceDraft, create_resource, list_resources
from care.store.continuity import ContinuityDraft, Dependency, Node
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
NODES = """Type;Nom;Importance pour les soins;Poids;Origine du poids;Périmètre D2.O1.C;Lieu;RTO déclaré
Service de soins;Urgences;Vitale;12,5;SAE 2025;Service de soins à impact majeur sur la prise en charge;;
Plateau technique;Bloc opératoire;majeure;;;;;
Application;DPI;;;;;Salle 1;4 h
Infrastructure;Réseau;;;;;;1 sem.
"""
TIES = """Dépendant;Besoin;Force;Tient sans;Solution de rechange
Urgences;DPI;Indispensable;30 min;
Bloc opératoire;DPI;utile;;
DPI;Réseau;;2 h;liens
"""


def sent(text: str, name: str = "fichier.csv", encoding: str = "utf-8") -> SentFile:
    return SentFile(name, text.encode(encoding))


def shown(platform: Platform, place: int, *texts: str, scope: Scope = MACHINE) -> ContinuityPreview:
    return preview(platform, scope, receive(platform, scope, place, [sent(text) for text in texts]))


def counts(file: PreviewFile) -> tuple[int, int, int, int]:
    return (file.new_count, file.changed_count, file.same_count, file.refused_count)


def bring(platform: Platform, place: int, *texts: str) -> None:
    seen = shown(platform, place, *texts)
    confirm(platform, MACHINE, seen.id, seen.mark)


@both
def test_two_files_are_shown_then_written_once(platform: Platform, hospitals: Hospitals) -> None:
    say_absent(platform, MACHINE, hospitals.valley, Perimeter.CARE, "Aucun")
    seen = shown(platform, hospitals.valley, TIES, NODES)  # in whatever order
    assert [counts(file) for file in seen.files] == [(4, 0, 0, 0), (3, 0, 0, 0)]
    assert seen.files[1].new[0].name == "Urgences → DPI"
    assert (seen.cycles, seen.orphan_count, seen.useful) == ((), 0, True)
    assert list_activities(platform, MACHINE, hospitals.valley).page.total == 0
    done = confirm(platform, MACHINE, seen.id, seen.mark)
    assert (done.created, done.changed, done.tied, done.retied, done.refused) == (4, 0, 3, 0, 0)
    lines = {line.name: line for line in list_activities(platform, MACHINE, hospitals.valley).page.lines}
    assert lines["Urgences"].weight == "12,5"
    assert lines["Urgences"].needs == 1
    assert lines["Bloc opératoire"].criticality is CareCriticality.MAJOR
    assert {line.name: line.rto for line in list_resources(platform, MACHINE, hospitals.valley).page.lines} == {
        "DPI": "4 h",
        "Réseau": "1 sem.",
    }
    assert list_perimeters(platform, MACHINE, hospitals.valley)[0].standing is Standing.CARRIED
    with platform.database.read() as session:
        strengths = session.execute(select(Dependency.strength, Dependency.holds_minutes).order_by(Dependency.id)).all()
        last = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc()).limit(1)).one()
    assert strengths == [(Strength.ESSENTIAL, 30), (Strength.USEFUL, 0), (Strength.ESSENTIAL, 120)]
    assert (last.action, last.detail["created"], last.detail["tied"]) == ("continuity.imported", 4, 3)
    with pytest.raises(NotFound):
        confirm(platform, MACHINE, seen.id, seen.mark)
    again = shown(platform, hospitals.valley, NODES, TIES)
    assert [counts(file) for file in again.files] == [(0, 0, 4, 0), (0, 0, 3, 0)]
    assert not again.useful


@both
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_is_exported_comes_back_without_a_change(platform: Platform, hospitals: Hospitals, lang: str) -> None:
    hostile = ActivityDraft(
        "=cmd|' /C calc'!A0",
        ActivityKind.SUPPORT,
        CareCriticality.MINOR,
        description='-1 ; un,=deux\nDeuxième ligne\tet « guillemets » "droits"',
        owner="@SOMME(A1)",
        weight="1250.50",
        weight_origin="'+déjà gardé",
        perimeter=Perimeter.ADMINISTRATIVE,
    )
    first = create_activity(platform, MACHINE, hospitals.valley, hostile)
    record = ResourceDraft(
        "DPI",
        ResourceKind.APPLICATION,
        cut="Couper ; puis, appeler",
        pdma_minutes=0,
        dmard_minutes=20160,
        contact="+33 1",
    )
    second = create_resource(platform, MACHINE, hospitals.valley, record)
    third = create_resource(platform, MACHINE, hospitals.valley, replace(record, name="ＤＰＩ n°2"))
    for needed, alternative in ((second, "=A"), (third, "")):
        tie = DependencyDraft(first, needed, Strength.USEFUL, 1445, alternative, "note, =x")
        add_dependency(platform, MACHINE, hospitals.valley, tie)
    reader = replace(MACHINE, lang=lang)
    files = [SentFile(f"{sort}.csv", export(platform, reader, hospitals.valley, sort)) for sort in Sort]
    for file in files:
        rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    seen = preview(platform, MACHINE, receive(platform, MACHINE, hospitals.valley, files))
    assert [counts(file) for file in seen.files] == [(0, 0, 3, 0), (0, 0, 2, 0)]
    assert not seen.useful
    elsewhere = preview(platform, MACHINE, receive(platform, MACHINE, hospitals.hill, files))
    confirm(platform, MACHINE, elsewhere.id, elsewhere.mark)
    copied = list_activities(platform, MACHINE, hospitals.hill).page.lines[0]
    assert (copied.name, copied.owner) == (hostile.name, hostile.owner)
    assert [export(platform, reader, hospitals.hill, sort) for sort in Sort] == [file.content for file in files]


@pytest.mark.parametrize(
    "content",
    [
        NODES.encode("utf-8-sig"),
        NODES.encode("cp1252"),
        NODES.replace("\n", "\r\n").encode(),
        NODES.replace(",", ".").replace(";", ",").encode(),
        NODES.replace(";", "\t").encode(),
        NODES.upper().encode(),
        NODES.encode("utf-16"),
        ("sep=;\r\n" + NODES).encode(),
        ("\n" + NODES + "\n;;;;;;;\n").encode(),
        NODES.replace("Nom;", '"Nom";').replace("Urgences", '"Urgences"').encode(),
    ],
)
def test_files_are_read_whatever_wrote_them(platform: Platform, hospitals: Hospitals, content: bytes) -> None:
    draft = receive(platform, MACHINE, hospitals.valley, [SentFile("a.csv", content)])
    assert counts(preview(platform, MACHINE, draft).files[0]) == (4, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "la première ligne doit nommer"),
        (b"Nom\nUrgences\n", "première ligne doit nommer"),
        (b"Type;Nom;nom\nApplication;A;B\n", "« Nom » y est deux fois"),
        (b'Type;Nom\nApplication;"A\nInfrastructure;B\n', "guillemet"),
        (b"PK\x03\x04....", "classeur"),
        (b"Type;Nom\nApplication;A\0\n", "CSV UTF-8"),
        (b"Type;Nom" + b";x" * 60 + b"\n", "60 colonnes"),
        (b"Type;Nom\n" + b"Application;A\n" * 25_001, "25000 lignes"),
        (b"Type;Nom\nApplication;" + b"A" * 140_000 + b"\n", "trop longue"),
        (b"x" * (MAX_BYTES + 1), "4 Mio"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    platform: Platform, hospitals: Hospitals, content: bytes, said: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        receive(platform, MACHINE, hospitals.valley, [SentFile("a.csv", content)])
    assert said in refusal.value.fields["file"].fr.replace("sa première", "la première")
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ContinuityDraft)) == 0


def test_two_files_of_the_same_sort_or_none_are_refused(platform: Platform, hospitals: Hospitals) -> None:
    for files in ([], [sent(NODES), sent(NODES)]):
        with pytest.raises(Invalid):
            receive(platform, MACHINE, hospitals.valley, files)


def test_each_refused_line_has_its_number_and_its_reasons(platform: Platform, hospitals: Hospitals) -> None:
    over = create_resource(platform, MACHINE, hospitals.valley, ResourceDraft("Vieux PACS", ResourceKind.APPLICATION))
    end_node(platform, MACHINE, Nature.RESOURCE, over, date(2026, 1, 15), 1)
    nodes = (
        "Type;Nom;Importance;RTO;Poids;Origine du poids;Description\n"
        "Machin;A;;;;;\n"  # 2
        "Application;;;;;;\n"  # 3
        "Service de soins;B;;;;;\n"  # 4: no criticality
        "Service de soins;C;Vitale;4 h;12;;\n"  # 5: RTO of an activity, weight without origin
        "Application;D;Vitale;bientôt;;;\n"  # 6
        "Application;E;;10 ans;;;\n"  # 7
        "Application;F;;;;;Texte;sans guillemets\n"  # 8
        "Application;G;;;;;\n"  # 9: fine
        'Application;g;;;;;"deux\nlignes"\n'  # 10 and 11: again
        "Application;H;;;;;\n"  # 12: fine
        "service de soins;b;Majeure;;;;\n"  # 13: again, although the first was refused
        ";I;;;;;\n"  # 14
    )
    ties = (
        "Dépendant;Besoin;Tient sans;Force\n"
        "G;Nulle part;;\n"  # 2
        "G;G;;\n"  # 3
        "H;G;jamais;parfois\n"  # 4
        "G;A;;\n"  # 5: refused in the other file
        "G;Vieux PACS;;\n"  # 6
        ";H;;\n"  # 7
        "G;H;1 h;\n"  # 8: fine
        "g;h;1 h;\n"  # 9: again
    )
    seen = shown(platform, hospitals.valley, nodes, ties)
    refused = {line.number: " ".join(line.words) for line in seen.files[0].refused}
    assert set(refused) == {2, 3, 4, 5, 6, 7, 8, 10, 13, 14}
    assert "« Machin » n’est pas un type" in refused[2]
    assert "Donnez un nom" in refused[3]
    assert refused[4].startswith("Importance pour les soins : à dire")
    assert refused[4].count("Importance") == 1
    assert "RTO déclaré : se dit d’une ressource" in refused[5]
    assert "Dites d’où vient ce poids" in refused[5]
    assert "se dit d’une activité" in refused[6]
    assert "« bientôt » n’est pas une durée" in refused[6]
    assert "Au-delà d’un an" in refused[7]
    assert "1 cellule de trop" in refused[8]
    assert refused[10] == "Déjà donné à la ligne 9."
    assert refused[13] == "Déjà donné à la ligne 4."
    assert refused[14].startswith("Type : à dire ; écrivez Service de soins, ")
    refused = {line.number: " ".join(line.words) for line in seen.files[1].refused}
    assert set(refused) == {2, 3, 4, 5, 6, 7, 9}
    assert "n’existe ni dans l’établissement ni dans les fichiers" in refused[2]
    assert "ne peut pas dépendre d’elle-même" in refused[3]
    assert "« jamais » n’est pas une durée" in refused[4]
    assert "« parfois » n’en est pas" in refused[4]
    assert "refusé à la ligne 2 de l’autre fichier" in refused[5]
    assert "a pris fin le 15/01/2026" in refused[6]
    assert "Dépendant : à dire" in refused[7]
    done = confirm(platform, MACHINE, seen.id, seen.mark)
    assert (done.created, done.tied, done.refused) == (2, 1, 17)


@both
def test_changes_name_their_columns_and_leave_the_rest(platform: Platform, hospitals: Hospitals) -> None:
    bring(platform, hospitals.valley, NODES, TIES)
    nodes = 'type,name,criticality,description,weight\ncare,URGENCES,Majeure,Nouvelle,"12,50"\nApplication,dpi,,,\n'
    ties = "dependent,need,holds without\nUrgences,DPI,1 h\nDPI,Réseau,2 h\n"
    seen = shown(platform, hospitals.valley, nodes, ties)
    assert [counts(file) for file in seen.files] == [(0, 1, 1, 0), (0, 1, 1, 0)]
    assert seen.files[0].changed[0].words == ("Importance pour les soins", "Description")
    assert seen.files[1].changed[0].words == ("Tient sans",)
    confirm(platform, MACHINE, seen.id, seen.mark)
    line = next(
        one for one in list_activities(platform, MACHINE, hospitals.valley).page.lines if one.name == "Urgences"
    )
    known = open_activity(platform, MACHINE, line.id)
    assert (known.criticality, known.description, known.weight) == (CareCriticality.MAJOR, "Nouvelle", "12.5")
    assert known.perimeter is Perimeter.CARE
    assert known.version == 2


@both
def test_a_preview_that_is_no_longer_true_is_not_confirmed(platform: Platform, hospitals: Hospitals) -> None:
    bring(platform, hospitals.valley, NODES)
    nodes = NODES.replace("Vitale", "Mineure")
    seen = shown(platform, hospitals.valley, nodes)
    line = list_activities(platform, MACHINE, hospitals.valley).page.lines[0]
    draft = ActivityDraft("Urgences", ActivityKind.CARE, CareCriticality.VITAL, owner="Dr Roux")
    change_activity(platform, MACHINE, line.id, draft, 1)
    with pytest.raises(Refused, match=r"changed since this preview"):
        confirm(platform, MACHINE, seen.id, seen.mark)
    assert open_activity(platform, MACHINE, line.id).criticality is CareCriticality.VITAL
    fresh = preview(platform, MACHINE, seen.id)
    confirm(platform, MACHINE, fresh.id, fresh.mark)
    assert open_activity(platform, MACHINE, line.id).criticality is CareCriticality.MINOR


def test_cycles_and_orphans_are_named(platform: Platform, hospitals: Hospitals) -> None:
    nodes = "Type;Nom\n" + "".join(f"Application;{name}\n" for name in "ABCDE")
    ties = "Dépendant;Besoin;Force\nA;B;\nB;C;\nC;A;\nC;D;\nD;C;Utile\n"
    seen = shown(platform, hospitals.valley, nodes, ties)
    assert len(seen.cycles) == 1
    assert set(seen.cycles[0]) == {"A", "B", "C"}
    assert seen.cycles[0][0] == seen.cycles[0][-1]
    assert (seen.orphans, seen.orphan_count) == (("E",), 1)
    confirm(platform, MACHINE, seen.id, seen.mark)
    assert shown(platform, hospitals.valley, ties).cycles == ()  # known already, and untouched


def test_one_name_for_two_kinds_asks_for_the_kind(platform: Platform, hospitals: Hospitals) -> None:
    nodes = (
        "Type;Nom;Importance\nPlateau technique;Imagerie;Vitale\nApplication;Imagerie;\nService de soins;Bloc;Vitale\n"
    )
    ties = "Dépendant;Besoin\nBloc;Imagerie\n"
    seen = shown(platform, hospitals.valley, nodes, ties)
    assert "précisez le type" in seen.files[1].refused[0].words[0]
    told = "Dépendant;Besoin;Type du besoin\nBloc;Imagerie;application\nImagerie;Bloc;\n"
    seen = shown(platform, hospitals.valley, nodes, told)
    assert [line.name for line in seen.files[1].new] == ["Bloc → Imagerie"]
    assert counts(seen.files[1]) == (1, 0, 0, 1)


def test_drafts_are_forgotten_and_bounded(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    for _ in range(MAX_DRAFTS):
        last = receive(platform, MACHINE, hospitals.valley, [sent(NODES)])
    with pytest.raises(Refused):
        receive(platform, MACHINE, hospitals.valley, [sent(NODES)])
    assert list_waiting(platform, MACHINE, hospitals.valley)[0].id == last
    give_up(platform, MACHINE, last)
    with pytest.raises(NotFound):
        preview(platform, MACHINE, last)
    kept = receive(platform, MACHINE, hospitals.valley, [sent(NODES)])
    clock.forward(days=1, seconds=1)
    with pytest.raises(NotFound):
        preview(platform, MACHINE, kept)
    receive(platform, MACHINE, hospitals.valley, [sent(NODES)])
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ContinuityDraft)) == 1


def test_a_stranger_and_a_reader_import_and_export_nothing(platform: Platform, hospitals: Hospitals) -> None:
    seen = shown(platform, hospitals.valley, NODES)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    nurse = person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, hospitals.valley)
    for who, error in ((stranger, NotFound), (nurse, Forbidden)):
        for refused in (
            lambda who=who: receive(platform, who, hospitals.valley, [sent(NODES)]),
            lambda who=who: preview(platform, who, seen.id),
            lambda who=who: confirm(platform, who, seen.id, seen.mark),
            lambda who=who: give_up(platform, who, seen.id),
            lambda who=who: export(platform, who, hospitals.valley, Sort.NODES),
        ):
            with pytest.raises(error):
                refused()
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Node)) == 0


def test_a_large_map_is_read_and_written(platform: Platform, hospitals: Hospitals) -> None:
    names = [f"Application {number:04}" for number in range(400)]
    nodes = "Type;Nom;Lieu\n" + "".join(f"Application;{name};Salle 1\n" for name in names)
    ties = "Dépendant;Type du dépendant;Besoin;Type du besoin;Tient sans\n" + "".join(
        f"{names[one]};Application;{names[one - 1 - rank * 7]};Application;1 h\n"
        for one in range(100, 400)
        for rank in range(10)
    )
    bring(platform, hospitals.valley, nodes, ties)
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Dependency)) == 3_000
    again = preview(
        platform,
        MACHINE,
        receive(
            platform,
            MACHINE,
            hospitals.valley,
            [SentFile(sort, export(platform, MACHINE, hospitals.valley, sort)) for sort in Sort],
        ),
    )
    assert [counts(file) for file in again.files] == [(0, 0, 400, 0), (0, 0, 3_000, 0)]
