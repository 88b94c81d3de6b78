"""Markdown of people's texts as JSON that a Typst template sets (`templates/rich.typ`): every character has a glyph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.markdown import Block, Grid, Paragraph, Section, Span, Title, blocks, sections, steps
from reports.plain import plain
from reports.words import Lang

LONGEST = 20_000
"""Longest text set in a document, in characters."""

LONGEST_TITLE = 300
"""A longer one is text: readers of screens list titles."""

Json = dict[str, Any]


def rich(text: str, lang: Lang, *, numbered: bool = False) -> list[Json]:
    """The blocks of a text: `{"spans": […]}` for a paragraph, `{"start": n or None, "items": [[…]]}` for a list.

    `numbered` reads it as a procedure, step by step.
    """
    return [_block(one, lang) for one in (steps if numbered else blocks)(plain(text, lang, LONGEST))]


def rich_sections(text: str, lang: Lang) -> list[Json]:
    """The same for a longer text: `{"spans", "level"}` for a title, `{"head", "rows"}` for a table as well."""
    return levelled([_section(one, lang) for one in sections(plain(text, lang, LONGEST * 4))])


def levelled(found: Sequence[Json]) -> list[Json]:
    """The same whose titles say something, begin at level 1 and skip none: readers of screens walk them."""
    last, kept = 0, []
    for one in found:
        words = "".join(span["text"] for span in one["spans"]).strip() if "level" in one else "-"
        if len(words) > LONGEST_TITLE:
            kept.append({"spans": one["spans"]})
        elif words and "level" in one:
            last = min(one["level"], last + 1)
            kept.append(one | {"level": last})
        elif words:
            kept.append(one)
    return kept


def _section(one: Section, lang: Lang) -> Json:
    if isinstance(one, Grid):
        width = len(one.head)
        rows = [[_spans(cell) for cell in row[:width]] + [[]] * (width - len(row)) for row in one.rows]
        return {"head": [_spans(cell) for cell in one.head], "rows": rows}
    if isinstance(one, Title):
        return {"spans": _spans(one.spans), "level": one.level}
    return _block(one, lang)


def _block(block: Block, lang: Lang) -> Json:
    if isinstance(block, Paragraph):
        return {"spans": _spans(block.spans)}
    return {"start": block.start, "items": [[_block(one, lang) for one in item] for item in block.items]}


def _spans(spans: Sequence[Span]) -> list[Json]:
    return [{"text": span.text, "bold": span.bold, "italic": span.italic} for span in spans]
