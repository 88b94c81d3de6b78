"""A kit made from plain values, or what is wrong with them: where and why, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from exercises.kit import Kit
from exercises.kit_check import Fault, faults_of


class _Words(NamedTuple):
    fr: str
    en: str


_SAID: Mapping[str, _Words] = {
    "missing": _Words("absent", "missing"),
    "extra_forbidden": _Words("clé inconnue", "unknown key"),
    "string_type": _Words("un texte est attendu (mettez-le entre guillemets)", "a text is expected (quote it)"),
    "string_too_short": _Words("vide", "empty"),
    "string_too_long": _Words("plus de {max_length} caractères", "more than {max_length} characters"),
    "string_pattern_mismatch": _Words("mal écrit (attendu : {pattern})", "badly written (expected: {pattern})"),
    "enum": _Words("n’est pas l’un de : {expected}", "is none of: {expected}"),
    "literal_error": _Words("attendu : {expected}", "expected: {expected}"),
    "int_type": _Words("un nombre entier est attendu", "a whole number is expected"),
    "int_parsing": _Words("un nombre entier est attendu", "a whole number is expected"),
    "int_from_float": _Words("un nombre entier est attendu", "a whole number is expected"),
    "bool_type": _Words("true ou false est attendu", "true or false is expected"),
    "bool_parsing": _Words("true ou false est attendu", "true or false is expected"),
    "greater_than_equal": _Words("au moins {ge}", "at least {ge}"),
    "less_than_equal": _Words("au plus {le}", "at most {le}"),
    "less_than": _Words("moins de {lt}", "less than {lt}"),
    "too_short": _Words("au moins {min_length} élément(s)", "at least {min_length} item(s)"),
    "too_long": _Words("au plus {max_length} éléments", "at most {max_length} items"),
    "tuple_type": _Words("une liste est attendue", "a list is expected"),
    "model_type": _Words("des lignes « nom: valeur » sont attendues", "lines “name: value” are expected"),
    "model_attributes_type": _Words("des lignes « nom: valeur » sont attendues", "lines “name: value” are expected"),
}


class UnplayableKitError(Exception):
    """Values that make no kit that can be played; `faults` in the order of the file."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults[0].en)
        self.faults = faults


def kit_of(document: Mapping[str, Any]) -> Kit:
    """The kit that these values make, checked whole. UnplayableKitError."""
    try:
        kit = Kit.model_validate(document)
    except ValidationError as error:
        raise UnplayableKitError(tuple(map(_fault, error.errors()))) from error
    if faults := faults_of(kit):
        raise UnplayableKitError(faults)
    return kit


def _fault(error: ErrorDetails) -> Fault:
    key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in error["loc"]).removeprefix(".")
    known = _SAID.get(error["type"])
    if known is None:
        return Fault(key, f"valeur refusée ({error['msg']})", f"value refused ({error['msg']})")
    context = error.get("ctx", {})
    fr = known.fr.format_map(context).replace("' or '", "' ou '")  # the list of values is pydantic's
    return Fault(key, fr, known.en.format_map(context))
