"""Reads the YAML files people write for an audit (plan, answers…) into plain values that also fit in JSON.

Safer than plain YAML: no object, no alias (a few lines of them can stand for gigabytes), no double key, and dates stay
text, so that each reader parses them with its own error.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from scanners.errors import SaidError

MAX_CHARACTERS = 4_000_000
"""A plan of a thousand systems takes about half a million characters."""


MAX_DEPTH = 100
"""Nested levels; what we read has a dozen."""


class YamlError(SaidError):
    """The file is not one readable YAML mapping; the sentence names file, line and cure."""


class _UnwantedError(yaml.YAMLError):
    """Plain YAML would take this; we do not."""

    def __init__(self, line: int, fr: str, en: str) -> None:
        super().__init__(f"line {line}: {en}")
        self.fr, self.en = f"ligne {line} : {fr}", f"line {line}: {en}"


class _Loader(yaml.CSafeLoader):
    """Safe loader without double keys or dates; by libyaml, which reads the packaged kits six times as fast."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[str] = set()
        for key, _value in node.value:
            name = str(key.value)
            if name in keys:
                line = key.start_mark.line + 1
                raise _UnwantedError(line, f"« {name} » y figure deux fois", f"{name!r} is written twice")
            keys.add(name)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _check_shape(text: str) -> None:
    """Refuse aliases, and levels that the composition of libyaml, which calls itself, could not hold."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise _UnwantedError(line, "les alias (*nom) ne sont pas acceptés", "aliases (*name) are not accepted")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _UnwantedError(line, "trop de niveaux emboîtés", "too many nested levels")


def load_mapping(text: str, name: str, may_be_empty: bool = False) -> dict[str, Any]:
    """The mapping written in `text`; `name` is how messages call the file. YamlError when it is not one.

    A document without content is {} when it `may_be_empty`.
    """
    document = _load(text, name)
    if document is None and may_be_empty:
        return {}
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise _refused(name, "des lignes « nom: valeur » sont attendues", "lines “name: value” are expected")
    return document


def load_list(text: str, name: str) -> list[Any]:
    """The list written in `text`; YamlError when it is not one."""
    document = _load(text, name)
    if not isinstance(document, list):
        raise _refused(name, "une liste est attendue", "a list is expected")
    return document


def _load(text: str, name: str) -> object:
    if len(text) > MAX_CHARACTERS:
        raise _refused(name, f"plus de {MAX_CHARACTERS} caractères", f"more than {MAX_CHARACTERS} characters")
    try:
        _check_shape(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, made safer above
    except (yaml.YAMLError, ValueError, RecursionError, AttributeError, LookupError) as error:
        # The last two come from PyYAML itself, on a tag that does not fit its value (`!!timestamp x`, `!!int ''`).
        raise _refused(name, *_detail(error)) from error


def _detail(error: Exception) -> tuple[str, str]:
    """What the parser stumbled on and where, in French and in English."""
    if isinstance(error, _UnwantedError):
        return error.fr, error.en
    mark = getattr(error, "problem_mark", None)
    fr = "trop de niveaux emboîtés" if isinstance(error, RecursionError) else "une valeur est mal écrite"
    if mark is not None:
        fr = f"faute d’écriture ligne {mark.line + 1}, colonne {mark.column + 1}"
    return fr, " ".join(str(error).split())[:300]


def _refused(name: str, fr: str, en: str) -> YamlError:
    return YamlError(
        f"{name} n’est pas un fichier YAML lisible ({fr}) ; corrigez-le d’après le modèle de la documentation.",
        f"{name} is not a readable YAML file ({en}); correct it from the example in the documentation.",
    )
