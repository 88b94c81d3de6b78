"""XML of strangers as a stream of records: entities and DTD refused, memory bounded by the largest record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from scanners.imported.model import ReportError
from scanners.imported.read_bounded import Source, too_many


def records(source: Source, tags: frozenset[str], dtd: bool = False) -> Iterator[tuple[str, Element]]:
    """The root as it opens (path "", attributes only), then each element named in `tags`, once whole, with the path of
    its ancestors (`/report/results`).

    Elements inside a record belong to it; all others are dropped as they end. `dtd` accepts a document type without
    entities, as nmap writes one. ReportError when the file is cut, faulty, or tries to declare entities.
    """
    try:
        yield from _walk(source, tags, dtd)
    except DefusedXmlException as error:
        raise ReportError(
            "Ce fichier XML déclare des entités ou un type de document, ce que l’outil n’écrit jamais : il est refusé "
            "; reprenez l’export d’origine.",
            "This XML file declares entities or a document type, which the tool never writes: it is refused; take the "
            "original export again.",
        ) from error
    except ParseError as error:
        raise _faulty(error) from error
    except (ValueError, LookupError) as error:  # an unknown encoding
        raise ReportError(
            "Ce fichier XML annonce un encodage inconnu ; exportez-le de nouveau en UTF-8.",
            "This XML file announces an unknown encoding; export it again as UTF-8.",
        ) from error


def _faulty(error: ParseError) -> ReportError:
    line, column = error.position
    where_fr, where_en = f"ligne {line}, colonne {column}", f"line {line}, column {column}"
    if "no element found" in str(error) or "unclosed" in str(error):
        return ReportError(
            f"Ce fichier XML s’arrête avant sa fin ({where_fr}) ; exportez-le ou copiez-le de nouveau en entier.",
            f"This XML file stops before its end ({where_en}); export or copy it again, whole.",
        )
    return ReportError(
        f"Ce fichier XML est mal formé ({where_fr}) ; exportez-le de nouveau depuis l’outil, sans le modifier.",
        f"This XML file is malformed ({where_en}); export it again from the tool, unchanged.",
    )


def _walk(source: Source, tags: frozenset[str], dtd: bool) -> Iterator[tuple[str, Element]]:
    stack: list[Element] = []
    inside = nodes = 0
    events = iterparse(source, events=("start", "end"), forbid_dtd=not dtd, forbid_entities=True, forbid_external=True)
    for event, element in cast("Iterator[tuple[str, Element]]", events):
        source.progressed()
        if event == "start":
            if not stack:
                yield "", element
            stack.append(element)
            nodes = nodes + 1 if inside else 0
            inside += bool(inside or element.tag in tags)
            _bound(source, len(stack), nodes)
            continue
        stack.pop()
        inside -= bool(inside)
        if inside:
            continue
        if element.tag in tags:
            yield "/" + "/".join(parent.tag for parent in stack), element
        element.clear()
        if stack:
            stack[-1].remove(element)


def _bound(source: Source, depth: int, nodes: int) -> None:
    if depth > source.limits.depth:
        raise too_many("niveaux d’imbrication", "levels of nesting", source.limits.depth)
    if nodes > source.limits.nodes:
        raise too_many("éléments dans un seul enregistrement", "elements in a single record", source.limits.nodes)


def said(element: Element, path: str) -> str:
    """The text of a descendant, "" when it has none."""
    return (element.findtext(path) or "").strip()
