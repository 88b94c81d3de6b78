"""What the platform knows of a scanner's request: its fields, its secrets, and what the platform fills in itself."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import MISSING, Field
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import ColumnElement, String, and_, cast, not_

from care.services.errors import Invalid
from care.store.targets import Target
from scanners.catalog import SCANNERS
from scanners.errors import SaidError
from scanners.model import Text

MANDATE = "mandate"
DIRECTORY, DIRECTORIES = "directory_archive", "directories"
DIRECTORY_SCANNER = "ad"
EXPOSURE = "exposure"
EXCLUSIONS = "exclusions"
VULNERABILITIES = "vulnerabilities_store"
EARLIER = "earlier"
KNOWN_NAMES = "known_names"
KNOWN_PLACES = "known_places"
LISTS, FORMER_LISTS = "lists", "former_lists"
DECLARED = "declared"
LIFECYCLE = "lifecycle_yaml"
BACKUP_PLAN, PLAN_OF = "backup_plan", "plan_of"
REGISTER, REGISTER_APART = "register", "register_apart"
REGISTER_SCANNER = "remote_access"
OTHER_KEYS, UNREAD_GATEWAYS = "other_keys", "unread_gateways"
BACKUP_SCANNER, INVENTORY = "backup", "inventory"
SEEN = "seen"
NEVER_WRITTEN, PERMISSIONS = "never_written", "permissions"
"""Fields of a request that the trail remembers: what no byte goes to, and what a person allowed."""
FILLED_IN = frozenset(
    {MANDATE, DIRECTORY, EXCLUSIONS, VULNERABILITIES, EARLIER, KNOWN_NAMES, DECLARED, LISTS, KNOWN_PLACES, LIFECYCLE}
    | {REGISTER, REGISTER_APART, BACKUP_PLAN, FORMER_LISTS, SEEN, DIRECTORIES}
    | {OTHER_KEYS, UNREAD_GATEWAYS}
)
"""Fields of a request that come from the platform when an audit starts, never from a form."""

_FAULTS: Mapping[str, Text] = {
    "missing": Text("Ce champ est obligatoire.", "This field is required."),
    "string_too_short": Text("Ce champ est obligatoire.", "This field is required."),
    "string_too_long": Text("Ce texte est trop long.", "This text is too long."),
    "string_type": Text("Un texte est attendu.", "Text is expected."),
    "literal_error": Text("Choisissez une des valeurs proposées.", "Choose one of the values offered."),
    "int_parsing": Text("Un nombre entier est attendu.", "A whole number is expected."),
    "float_parsing": Text("Un nombre est attendu.", "A number is expected."),
    "bool_parsing": Text("Oui ou non est attendu.", "Yes or no is expected."),
    "greater_than": Text("Ce nombre est trop petit.", "This number is too small."),
    "greater_than_equal": Text("Ce nombre est trop petit.", "This number is too small."),
    "less_than": Text("Ce nombre est trop grand.", "This number is too large."),
    "less_than_equal": Text("Ce nombre est trop grand.", "This number is too large."),
    "unexpected_keyword_argument": Text("Ce champ n’existe pas.", "There is no such field."),
    "too_short": Text("Donnez au moins un élément.", "Give at least one item."),
    "too_long": Text("Il y a trop d’éléments.", "There are too many items."),
}


def shown_to(scanner: str, request: Mapping[str, Any]) -> dict[str, object]:
    """Of each secret that an audit sends over the network, by name: the machine it is sent to, and what tells it. SSH
    keys of bastions are sent to nobody."""
    if scanner == DIRECTORY_SCANNER:
        return {"password": [request.get(name) for name in ("server", "ca_pem", "allow_clear_text")]}
    plan = request.get("plan") if scanner == BACKUP_SCANNER else None
    listed = plan.get("repositories") if isinstance(plan, Mapping) else None
    held = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return {f"access.{one.get('name')}": one["remote"] for one in held if isinstance(one.get("remote"), Mapping)}


def audited() -> ColumnElement[bool]:
    """The condition that keeps targets that we audit: those of other tools only receive imports."""
    return Target.scanner.in_(SCANNERS)


def described() -> ColumnElement[bool]:
    """The condition that keeps the targets people describe: the platform makes by itself those of continuity and of the
    register of remote accesses."""
    return and_(Target.scanner.in_(available()), not_(of_register_alone()))


def of_register_alone() -> ColumnElement[bool]:
    """The condition that keeps the targets whose audit is that of the register of remote accesses: they ask for nothing
    else."""
    return and_(Target.scanner == REGISTER_SCANNER, cast(Target.request, String) == "{}")


def available() -> tuple[str, ...]:
    """The scanners of this version that can collect."""
    return tuple(name for name in SCANNERS if _has_collector(name))


def checked_request(scanner: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request, validated and in their JSON form; those the platform fills in are left out.

    Invalid names each faulty field as `request.<field>`.
    """
    if scanner not in available():
        raise Invalid({"scanner": Text("Ce type d’audit n’existe pas.", "There is no such kind of audit.")})
    request_type = importlib.import_module(f"scanners.{scanner}.collect").Request
    adapter: TypeAdapter[Any] = TypeAdapter(request_type)
    given = {name: value for name, value in raw.items() if name not in FILLED_IN}
    unknown = given.keys() - request_type.__dataclass_fields__.keys()
    if unknown:
        raise Invalid(
            {f"request.{name}": Text("Ce champ n’existe pas.", "There is no such field.") for name in unknown}
        )
    try:
        request = adapter.validate_python({**_stand_ins(request_type), **given})
    except ValidationError as error:
        raise Invalid({_place(fault): _sentence(fault) for fault in error.errors()}) from error
    except SaidError as error:
        raise Invalid({"request": error.text}) from error
    document: dict[str, Any] = adapter.dump_python(request, mode="json")
    return {name: value for name, value in document.items() if name not in FILLED_IN}


def takes(scanner: str, field: str) -> bool:
    """Whether a scanner's request has this field."""
    return field in _fields(scanner)


def keeps_part(scanner: str) -> bool:
    """Whether a scanner that is asked to end early gives what it has seen."""
    if not _has_collector(scanner):
        return False
    return bool(getattr(importlib.import_module(f"scanners.{scanner}.collect"), "KEEPS_PARTIAL", False))


def requires(scanner: str, field: str) -> bool:
    """Whether a scanner's request cannot be made without this field."""
    found = _fields(scanner).get(field)
    return found is not None and found.default is MISSING


def _fields(scanner: str) -> Mapping[str, Field[Any]]:
    """The fields of a scanner's request; none for a scanner whose facts the platform makes itself."""
    if not _has_collector(scanner):
        return {}
    fields: Mapping[str, Field[Any]] = importlib.import_module(
        f"scanners.{scanner}.collect"
    ).Request.__dataclass_fields__
    return fields


def _has_collector(scanner: str) -> bool:
    return importlib.util.find_spec(f"scanners.{scanner}") is not None and (
        importlib.util.find_spec(f"scanners.{scanner}.collect") is not None
    )


def _stand_ins(request_type: type[Any]) -> dict[str, Any]:
    """Values under which the rest of the request can be validated before the platform knows the real ones."""
    known = {MANDATE: {}, DIRECTORY: "/", BACKUP_PLAN: {}}
    return {name: value for name, value in known.items() if name in request_type.__dataclass_fields__}


def _place(fault: ErrorDetails) -> str:
    return ".".join(["request", *(str(step) for step in fault["loc"] if not str(step).startswith("function-"))])


def _sentence(fault: ErrorDetails) -> Text:
    if isinstance(said := fault.get("ctx", {}).get("error"), SaidError):
        return said.text
    known = _FAULTS.get(fault["type"])
    if known is not None:
        return known
    detail = fault["msg"].removeprefix("Value error, ")
    return Text(f"Valeur refusée : {detail}.", f"Value refused: {detail}.")
