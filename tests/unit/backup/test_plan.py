"""The plan is read whole, or refused in one sentence naming the place and the cure."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanners.backup.facts import Answer, RestoreTest
from scanners.backup.plan import parse_plan, with_answers
from scanners.errors import CollectError
from scanners.read_yaml import YamlError, load_mapping
from tests.unit.backup.specimens import PLAN


def raw_plan(**changes: Any) -> dict[str, Any]:
    plan = {
        "version": 1,
        "establishment": "CH de Valmont",
        "repositories": [{"name": "dpi", "tool": "restic", "location": "/srv/dpi"}],
        "systems": [
            {
                "name": "DPI",
                "production": {"site": "Bâtiment A", "medium": "san"},
                "last_restore_test": {"date": "2025-11-03", "success": True},
                "copies": [{"name": "disque", "medium": "disk", "site": "Bâtiment A", "repository": "dpi"}],
            }
        ],
    }
    return {**plan, **changes}


def system(**changes: Any) -> dict[str, Any]:
    return raw_plan(systems=[{**raw_plan()["systems"][0], **changes}])


def copy(**changes: Any) -> dict[str, Any]:
    return system(copies=[{"name": "disque", "medium": "disk", "site": "A", **changes}])


def repository(**changes: Any) -> dict[str, Any]:
    return raw_plan(repositories=[{"name": "dpi", "tool": "restic", "location": "/srv/dpi", **changes}])


SSH = {
    "kind": "ssh",
    "host": "sauve.chv.test",
    "user": "care",
    "path": "/depots/dpi",
    "host_keys": "sauve ssh-ed25519 A",
}
REST = {"kind": "rest", "host": "127.0.0.9", "port": 8000, "path": "dpi", "user": "care"}
S3 = {"kind": "s3", "host": "s3.chv.test", "bucket": "sauvegardes", "access_key": "CARE"}


def remote(place: dict[str, Any], tool: str = "restic", **changes: Any) -> dict[str, Any]:
    return raw_plan(repositories=[{"name": "dpi", "tool": tool, "remote": {**place, **changes}}])


@pytest.mark.parametrize("raw", [remote(SSH), remote(SSH, "borg"), remote(REST, tls=False), remote(REST), remote(S3)])
def test_a_repository_of_another_machine_is_read(raw: dict[str, Any]) -> None:
    assert parse_plan(raw, "plan.yaml").repositories[0].remote is not None


def test_a_plan_is_read() -> None:
    plan = parse_plan(raw_plan(), "plan.yaml")
    assert isinstance(plan.systems[0].last_restore_test, RestoreTest)
    assert plan.systems[0].copies[0].immutable is None


@pytest.mark.parametrize(
    ("raw", "place", "cure"),
    [
        ({}, "version", "ajoutez-le"),
        (raw_plan(version=2), "version", "valeur inconnue"),
        (raw_plan(systems=[]), "systems", "liste attendue"),
        (raw_plan(systems="DPI"), "systems", "liste attendue"),
        (raw_plan(paswords=1), "paswords", "champ inconnu"),
        (raw_plan(answers={"bouton": {"value": True}}), "answers.bouton", "valeur inconnue"),
        (raw_plan(answers={"keys_apart": {"value": "peut-être"}}), "answers.keys_apart.value", "true ou false"),
        (raw_plan(policy={"date": "16/07/2022", "validated": True}), "policy.date", "AAAA-MM-JJ"),
        (system(pdma_hours=0), "systems[0].pdma_hours", "plus grand que 0"),
        (system(pdma_hours="un jour"), "systems[0].pdma_hours", "nombre attendu"),
        (system(last_restore_test="jamais"), "systems[0].last_restore_test", "groupe de champs"),
        (system(name="DPI\n"), "systems[0].name", "caractères interdits"),
        (system(copies=None), "systems[0].copies", "liste attendue"),
        (copy(medium="disquette"), "systems[0].copies[0].medium", "valeur inconnue"),
        (copy(imutable=True), "systems[0].copies[0].imutable", "champ inconnu"),
        (copy(immutable="oui, presque"), "systems[0].copies[0].immutable", "true ou false"),
        (copy(repository="autre"), "systems[0].copies[0].repository", "ajoutez-le"),
        (system(copies=[copy()["systems"][0]["copies"][0]] * 2), "systems[0].copies", "deux fois"),
        (raw_plan(systems=raw_plan()["systems"] * 2), "systems", "deux fois"),
        (raw_plan(repositories=raw_plan()["repositories"] * 2), "repositories", "deux fois"),
        (repository(password="x"), "repositories[0].password", "champ inconnu"),
        (repository(tool="veeam"), "repositories[0].tool", "valeur inconnue"),
        (repository(name="--repo"), "repositories[0].name", "caractères interdits"),
        (repository(location="--password-command=id"), "repositories[0].location", "chemin absolu"),
        (repository(location="sftp:-oProxyCommand=id:/x"), "repositories[0].location", "chemin absolu"),
        (repository(location="/srv/../etc"), "repositories[0].location", "chemin absolu"),
        (repository(location="/srv/dpi\n"), "repositories[0].location", "chemin absolu"),
        (repository(location=""), "repositories[0].location", "chemin absolu"),
        (repository(remote=SSH), "repositories[0].remote", "pas les deux"),
        (remote(SSH, host="-oProxyCommand=id"), "repositories[0].remote.host", "caractères interdits"),
        (remote(SSH, host="sauve id"), "repositories[0].remote.host", "caractères interdits"),
        (remote(SSH, host="sauve\nProxyCommand id"), "repositories[0].remote.host", "caractères interdits"),
        (remote(SSH, user="-lroot"), "repositories[0].remote.user", "caractères interdits"),
        (remote(SSH, path="/depots/{now}"), "repositories[0].remote.path", "caractères interdits"),
        (remote(SSH, path="/depots/../etc"), "repositories[0].remote", "sans « .. »"),
        (remote(SSH, host_keys="a\x1b[2J"), "repositories[0].remote", "clés d’hôte"),
        (remote(SSH, host_keys=""), "repositories[0].remote.host_keys", "texte attendu"),
        (remote(SSH, port=0), "repositories[0].remote.port", "nombre"),
        (remote(SSH, proxy="x"), "repositories[0].remote.proxy", "champ inconnu"),
        (remote(REST, path="../autre"), "repositories[0].remote.path", "caractères interdits"),
        (remote(REST, path="a/.."), "repositories[0].remote.path", "caractères interdits"),
        (remote(REST, user="a:b"), "repositories[0].remote.user", "caractères interdits"),
        (remote(REST, host="sauve.chv.test", tls=False), "repositories[0].remote", "en clair"),
        (remote(S3, tls=False), "repositories[0].remote", "en clair"),
        (remote(S3, bucket="../x"), "repositories[0].remote.bucket", "caractères interdits"),
        (remote(REST, "borg"), "repositories[0].remote", "borg par ssh"),
        (remote(SSH, "rotation"), "repositories[0].remote", "dossier monté"),
        (repository(tool="drop", pattern="../*"), "repositories[0].pattern", "caractères interdits"),
    ],
)
def test_a_faulty_plan_is_refused_with_its_place_and_cure(raw: dict[str, Any], place: str, cure: str) -> None:
    with pytest.raises(CollectError) as refusal:
        parse_plan(raw, "plan.yaml")
    assert f" {place} : " in refusal.value.text.fr
    assert cure in refusal.value.text.fr
    assert f" {place}: " in refusal.value.text.en


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a: &x [1]\nb: *x\n", "line 2"),
        ("a: 1\nb: 2\na: 3\n", "line 3"),
        ("- a\n", "are expected"),
        ("a: [1\n", "line"),
        ("1: a\n", "are expected"),
        ("a: !!python/object/apply:os.system [id]\n", "could not determine a constructor"),
        ("a: b\n" + "# " + "x" * 4_000_001, "4000000"),
        ("[" * 5_000, "too many nested levels"),
    ],
)
def test_a_dangerous_or_broken_yaml_is_refused(text: str, detail: str) -> None:
    with pytest.raises(YamlError) as refusal:
        load_mapping(text, "plan.yaml")
    assert "plan.yaml" in refusal.value.text.fr
    assert detail in refusal.value.text.en


def test_dates_stay_text() -> None:
    assert load_mapping("date: 2025-11-03\n", "x") == {"date": "2025-11-03"}


def test_the_documented_example_is_a_valid_plan() -> None:
    page = (Path(__file__).parents[3] / "docs" / "plan-sauvegarde.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n", 1)[1].split("```", 1)[0]
    raw = load_mapping(example, "docs/plan-sauvegarde.md")
    assert len(parse_plan(raw, "docs/plan-sauvegarde.md").systems) >= 2


def test_answers_given_elsewhere_come_first() -> None:
    declared = {
        "establishment": "CH de Valmont",
        "second_factor": {"value": False, "date": "2026-03-01", "comment": "Console ancienne"},
        "dedicated_directory_level": 2,
        "antivirus_signatures": {"value": True},
    }
    answers = with_answers(PLAN, declared).answers
    assert answers["second_factor"] == Answer(False, date(2026, 3, 1), "Console ancienne")
    assert answers["dedicated_directory_level"] == Answer(2)
    assert answers["restore_sheet"] == PLAN.answers["restore_sheet"]
    assert "antivirus_signatures" not in answers
    assert with_answers(PLAN, {}) is PLAN
    denied = with_answers(PLAN, {"dedicated_directory_level": 0}).answers["dedicated_directory_level"]
    assert denied == Answer(1), "a no is not the absence of a directory"
