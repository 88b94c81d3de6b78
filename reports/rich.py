"""Markdown of people's texts as JSON that a Typst template sets (`templates/rich.typ`): every character has a glyph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reports.markdown import Block, Paragraph, Span, blocks, steps
from reports.plain import plain
from reports.words import Lang

LONGEST = 20_000
"""Longest text set in a document, in characters."""

Json = dict[str, Any]


def rich(text: str, lang: Lang, *, numbered: bool = False) -> list[Json]:
    """The blocks of a text: `{"spans": […]}` for a paragraph, `{"start": n or None, "items": [[…]]}` for a list.

    `numbered` reads it as a procedure, step by step.
    """
    return [_block(one, lang) for one in (steps if numbered else blocks)(plain(text, lang, LONGEST))]


def _block(block: Block, lang: Lang) -> Json:
    if isinstance(block, Paragraph):
        return {"spans": _spans(block.spans)}
    return {"start": block.start, "items": [[_block(one, lang) for one in item] for item in block.items]}


def _spans(spans: Sequence[Span]) -> list[Json]:
    return [{"text": span.text, "bold": span.bold, "italic": span.italic} for span in spans]
