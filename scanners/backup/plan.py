"""Reads the plan mapping into `Plan`, or says in one sentence which line of thought is wrong and how to cure it.

Pure: the mapping comes from `scanners.read_yaml` or from the platform. Every key is checked; an unknown one is refused,
since a misspelt `immutable` would otherwise silently count as “not immutable”.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from scanners.backup.facts import Answer, AnswerKey, Plan, RepositoryPlan, RestPlace, S3Place, Tool
from scanners.backup.job_names import LEAST_LETTERS, is_pattern, letters
from scanners.errors import CollectError
from scanners.model import Text

_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
_REPOSITORY: TypeAdapter[RepositoryPlan] = TypeAdapter(RepositoryPlan)
_ANSWERS: TypeAdapter[Mapping[AnswerKey, Answer]] = TypeAdapter(Mapping[AnswerKey, Answer])

REMOTE_KINDS: Mapping[Tool, tuple[str, ...]] = {"restic": ("ssh", "rest", "s3"), "borg": ("ssh",)}
"""How each tool is read on another machine."""
_LEVEL: AnswerKey = "dedicated_directory_level"
_LOOPBACK = re.compile(r"127\.\d{1,3}\.\d{1,3}\.\d{1,3}\Z")

_MISSING = Text("champ obligatoire absent, ajoutez-le", "required field missing, add it")
_UNKNOWN = Text("champ inconnu, corrigez son nom ou retirez-le", "unknown field, correct its name or remove it")
_CURES: tuple[tuple[str, Text], ...] = (
    ("missing", _MISSING),
    ("unexpected_keyword_argument", _UNKNOWN),
    ("literal_error", Text("valeur inconnue, écrivez {expected}", "unknown value, write {expected}")),
    ("date", Text("date attendue sous la forme AAAA-MM-JJ", "a date is expected, written YYYY-MM-DD")),
    ("bool", Text("écrivez true ou false", "write true or false")),
    ("float", Text("nombre attendu", "a number is expected")),
    ("greater_than", Text("nombre plus grand que {gt} attendu", "a number above {gt} is expected")),
    ("less_than", Text("nombre d’au plus {le} attendu", "a number of at most {le} is expected")),
    ("finite_number", Text("nombre fini attendu", "a finite number is expected")),
    ("string_pattern", Text("caractères interdits dans ce nom", "forbidden characters in this name")),
    ("string", Text("texte attendu, ni vide ni trop long", "text is expected, neither empty nor too long")),
    ("tuple", Text("liste attendue, ni vide ni trop longue", "a list is expected, neither empty nor too long")),
    ("too_", Text("liste attendue, ni vide ni trop longue", "a list is expected, neither empty nor too long")),
    ("dataclass", Text("groupe de champs attendu", "a group of fields is expected")),
)


def parse_plan(raw: Mapping[str, Any], name: str) -> Plan:
    """The plan held by `raw`; `name` is what messages call it. CollectError names the place and the cure."""
    try:
        plan = _PLAN.validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise _refused(name, _place(raw, first), _cure(first)) from error
    _names_once(name, "systems", (system.name for system in plan.systems))
    _names_once(name, "repositories", (repository.name for repository in plan.repositories))
    _copies_fit(name, plan)
    _locations_fit(name, plan)
    _jobs_fit(name, plan)
    return plan


def with_answers(plan: Plan, declared: Mapping[str, Any]) -> Plan:
    """The plan with the answers given elsewhere, which come before its own; those of other keys are none of its.

    There, a “no” to the level of the dedicated directory is 0, which in a plan says that there is no such directory: it
    is taken for the lowest level.
    """
    keys = get_args(AnswerKey)
    if declared.get(_LEVEL) == 0:
        declared = {**declared, _LEVEL: 1}
    told = {key: value if isinstance(value, Mapping) else {"value": value} for key, value in declared.items()}
    found = _ANSWERS.validate_python({key: value for key, value in told.items() if key in keys})
    return replace(plan, answers={**plan.answers, **found}) if found else plan


def repository_fault(raw: Mapping[str, Any]) -> tuple[str, Text] | None:
    """The field of one repository that no audit could use, and its cure; None when there is none."""
    try:
        planned = _REPOSITORY.validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        return str(first["loc"][-1]), _cure(first)
    return _location_fault(planned)


def _copies_fit(name: str, plan: Plan) -> None:
    known = {repository.name for repository in plan.repositories}
    for row, system in enumerate(plan.systems):
        _names_once(name, f"systems[{row}].copies", (copy.name for copy in system.copies))
        for column, copy in enumerate(system.copies):
            if copy.repository is not None and copy.repository not in known:
                cure = Text(
                    f"le dépôt « {copy.repository} » n’est pas décrit sous repositories, ajoutez-le",
                    f"repository “{copy.repository}” is not described under repositories, add it",
                )
                raise _refused(name, f"systems[{row}].copies[{column}].repository", cure)


def _jobs_fit(name: str, plan: Plan) -> None:
    known = {system.name for system in plan.systems}
    for job, said in plan.jobs.items():
        systems = ((said,) if said else ()) if isinstance(said, str) else said
        wrong = next((system for system in systems if system not in known), None)
        if wrong is not None:
            cure = Text(
                f'« {wrong} » n’est pas un système de ce plan ; écrivez son nom tel quel, ou "" pour aucun',
                f'“{wrong}” is no system of this plan; write its name as it is, or "" for none',
            )
            raise _refused(name, f"jobs.{job}", cure)
        if is_pattern(job) and letters(job) < LEAST_LETTERS:
            cure = Text(
                f"ce motif prendrait presque tous les travaux ; mettez-y au moins {LEAST_LETTERS} lettres ou chiffres",
                f"this pattern would take almost every job; put at least {LEAST_LETTERS} letters or digits in it",
            )
            raise _refused(name, f"jobs.{job}", cure)


def _locations_fit(name: str, plan: Plan) -> None:
    """One place each, that its tool can read, and where nothing can be taken for an option, a command or a URL."""
    for row, repository in enumerate(plan.repositories):
        if (fault := _location_fault(repository)) is not None:
            raise _refused(name, f"repositories[{row}].{fault[0]}", fault[1])


def _location_fault(repository: RepositoryPlan) -> tuple[str, Text] | None:
    if repository.remote is None:
        cure, field = _local_fault(repository.location), "location"
    else:
        cure, field = _remote_fault(repository), "remote"
    return None if cure is None else (field, cure)


def _local_fault(location: str) -> Text | None:
    """Only absolute local folders (a mounted share is one)."""
    path = PurePosixPath(location)
    if path.is_absolute() and ".." not in path.parts and location.isprintable():
        return None
    return Text(
        "chemin absolu d’un dossier local ou monté attendu, sans « .. » ; une autre machine s’écrit sous remote",
        "the absolute path of a local or mounted folder is expected, without “..”; another machine goes under remote",
    )


def _remote_fault(repository: RepositoryPlan) -> Text | None:
    remote = repository.remote
    if repository.location:
        return Text("donnez location ou remote, pas les deux", "give location or remote, not both")
    if remote is None or remote.kind not in REMOTE_KINDS.get(repository.tool, ()):
        return Text(
            "restic se lit à distance par ssh, rest ou s3, borg par ssh, le reste dans un dossier monté",
            "restic is read from afar over ssh, rest or s3, borg over ssh, the rest in a mounted folder",
        )
    if remote.kind == "ssh":
        safe = all(line.isprintable() for line in remote.host_keys.splitlines())
        if ".." in PurePosixPath(remote.path).parts or not safe:
            return Text(
                "chemin sans « .. » et clés d’hôte en texte attendus", "a path without “..” and text keys are expected"
            )
    elif ".." in remote_path(remote).split("/"):
        return Text("chemin sans « .. » attendu", "a path without “..” is expected")
    elif not remote.tls and not is_this_machine(remote.host) and (remote.kind == "s3" or remote.user):
        return Text(
            "sans TLS, le mot de passe passerait en clair sur le réseau : mettez tls à true",
            "without TLS the password would cross the network in clear: set tls to true",
        )
    return None


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine's own loopback address."""
    return host in ("::1", "localhost") or bool(_LOOPBACK.match(host))


def remote_path(remote: RestPlace | S3Place) -> str:
    """The part of an address that follows the server, as people write it."""
    return remote.path if remote.kind == "rest" else "/".join(part for part in (remote.bucket, remote.prefix) if part)


def _names_once(name: str, place: str, names: Iterable[str]) -> None:
    counted = Counter(one.casefold() for one in names)
    twice = next((one for one, times in counted.items() if times > 1), None)
    if twice is not None:
        cure = Text(
            f"le nom « {twice} » y figure deux fois, distinguez-les", f"name “{twice}” is there twice, tell them apart"
        )
        raise _refused(name, place, cure)


def _place(raw: object, error: ErrorDetails) -> str:
    """Where the fault is, in the words of the file: `systems[2].copies[0].medium`."""
    place, here = "", raw
    for step in error["loc"]:
        if isinstance(here, Mapping) and step in here:
            place, here = f"{place}.{step}", here[step]
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            place, here = f"{place}[{step}]", here[step]
    if error["type"] == "missing":
        place = f"{place}.{error['loc'][-1]}"
    return place.lstrip(".") or "plan"


def _cure(error: ErrorDetails) -> Text:
    values = {key: str(value) for key, value in error.get("ctx", {}).items()}
    for prefix, cure in _CURES:
        if error["type"].startswith(prefix):
            return Text(_filled(cure.fr, values), _filled(cure.en, values))
    return Text(error["msg"], error["msg"])


def _filled(template: str, values: Mapping[str, str]) -> str:
    return template.format_map({"expected": "…", "gt": "0", "le": "…", **values})


def _refused(name: str, place: str, cure: Text) -> CollectError:
    return CollectError(
        f"Le plan de sauvegarde {name} est refusé : {place} : {cure.fr} (modèle complet : docs/plan-sauvegarde.md).",
        f"The backup plan {name} is refused: {place}: {cure.en} (full example: docs/plan-sauvegarde.md).",
    )
