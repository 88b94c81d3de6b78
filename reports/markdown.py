"""The Markdown that people write in sheets and plans, read once for pages and documents alike.

A small part of CommonMark: paragraphs, bulleted and numbered lists, **bold**, *italic*; a line end stays a line end, a
title becomes a line in bold. Nothing else means anything: links, images and HTML are shown as they were typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

_RULES = ("list", "heading", "emphasis", "newline", "escape")
_LEVELS = 24
"""Levels of tokens at most, two for each list within a list: a deeper text is shown as typed (people stop at six)."""
_TAGS = {"strong": "bold", "em": "italic"}


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style; a line end is a span of its own, `"\\n"`."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text that flows."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list; a numbered one begins at `start`, a bulleted one has None."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


Block = Paragraph | Items


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a part, 1 for the largest. Sheets know none: there it is a line in bold."""

    spans: tuple[Span, ...]
    level: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its first row heads the columns."""

    head: tuple[tuple[Span, ...], ...]
    rows: tuple[tuple[tuple[Span, ...], ...], ...]


Section = Block | Title | Grid


def blocks(text: str) -> tuple[Block, ...]:
    """What a text says, block by block. Never fails: whatever is not Markdown of ours is text."""
    kept = text.replace("\x00", "")
    tokens = _parser().parse(kept)
    if any(token.level >= _LEVELS - 1 for token in tokens):  # the parser drops what lies deeper
        return _as_typed(kept)
    return tuple(_blocks(_Tokens(tokens)))


def sections(text: str) -> tuple[Section, ...]:
    """What a longer text says, a booklet for one: titles and tables as well. Never fails either."""
    kept = unwrapped(text.replace("\x00", ""))
    tokens = _long_parser().parse(kept)
    if any(token.level >= _LEVELS - 1 for token in tokens):
        return _as_typed(kept)
    return tuple(_sections(_Tokens(tokens)))


def sections_html(text: str) -> str:
    """The same as HTML, every character of it escaped. Titles begin at the second level: the page has its own; a table
    stands in a frame that scrolls by itself, by hand or by keyboard."""
    return "".join(_section_html(one) for one in sections(text))


def html(text: str) -> str:
    """The same as HTML, every character of it escaped: safe to put into a page as it is."""
    return "".join(_html(one) for one in blocks(text))


def steps(text: str) -> tuple[Block, ...]:
    """A procedure as numbered steps: those of its numbered lists, else of any list, else one for each line."""
    found = blocks(text)
    if not any(isinstance(one, Items) for one in found):
        lines = [line for one in found if isinstance(one, Paragraph) for line in lines_of(one)]
        return (Items(tuple((Paragraph(line),) for line in lines), 1),) if lines else ()
    if not any(isinstance(one, Items) and one.start is not None for one in found):
        return tuple(Items(one.items, 1) if isinstance(one, Items) else one for one in found)
    return found


def steps_html(text: str) -> str:
    """The same as HTML, as safe as `html`."""
    return "".join(_html(one) for one in steps(text))


def lines_of(paragraph: Paragraph) -> Iterator[tuple[Span, ...]]:
    """The lines of a paragraph that hold something."""
    line: list[Span] = []
    for span in (*paragraph.spans, Span("\n")):
        if span.text != "\n":
            line.append(span)
        elif line:
            yield tuple(line)
            line = []


def words(text: str) -> str:
    """The same on one line, without marks: for lists and titles."""
    return " ".join(" ".join(_words(one) for one in blocks(text)).split())


def unwrapped(text: str) -> str:
    """A text whose author wrapped his lines, as files of kits are: such lines are joined again.

    A line of `_WRAPPED` characters that the next one merely goes on was cut by the margin of an editor, and so was a
    longer one that goes on in lower case; a shorter one ended where it was meant to.
    """
    lines = text.splitlines()
    found: list[str] = []
    last = 0
    for line in lines:
        if found and _goes_on(last, line):
            found[-1] = f"{found[-1].rstrip()} {line.strip()}"
        else:
            found.append(line)
        last = len(line)
    return "\n".join(found)


def _goes_on(length: int, line: str) -> bool:
    if length < _WRAPPED.start or _BEGINS.match(line):
        return False
    return length in _WRAPPED or line.lstrip()[0].islower()


_WRAPPED = range(85, 136)
"""Lengths of a line cut by a margin of about 120; words of the establishment make it longer or shorter."""
_BEGINS = re.compile(r"\s*(?:$|[-*+] |\d{1,3}[.)] |#|\||>)")
"""What never goes on the line above: nothing, an item, a title, a row of a table, a quotation."""


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("zero", {"html": False, "linkify": False, "maxNesting": _LEVELS}).enable(list(_RULES))


@cache
def _long_parser() -> MarkdownIt:
    return MarkdownIt("zero", {"html": False, "linkify": False, "maxNesting": _LEVELS}).enable(
        [*_RULES, "table", "backticks"]
    )


def _as_typed(text: str) -> tuple[Block, ...]:
    return tuple(Paragraph((Span(line),)) for line in text.splitlines() if line.strip())


class _Tokens:
    """Tokens read one after the other."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens, self._next = tokens, 0

    def take(self) -> Token | None:
        """The next token, None at the end."""
        if self._next >= len(self._tokens):
            return None
        self._next += 1
        return self._tokens[self._next - 1]


def _blocks(tokens: _Tokens) -> Iterator[Block]:
    """The blocks up to the token that closes what holds them."""
    bold = False
    while (token := tokens.take()) is not None and token.type not in _ENDS:
        if token.type == "heading_open":
            bold = True
        elif token.type == "inline":
            yield Paragraph(tuple(_spans(token.children or (), bold=bold)))
            bold = False
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            start = None if token.type == "bullet_list_open" else int(token.attrs.get("start", 1))
            yield Items(tuple(_items(tokens)), start)


def _sections(tokens: _Tokens) -> Iterator[Section]:
    while (token := tokens.take()) is not None:
        if token.type == "heading_open":
            words = tokens.take()
            yield Title(tuple(_spans((words and words.children) or (), bold=False)), int(token.tag[1:]))
        elif token.type == "table_open":
            yield _grid(tokens)
        elif token.type == "inline":
            yield Paragraph(tuple(_spans(token.children or (), bold=False)))
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            start = None if token.type == "bullet_list_open" else int(token.attrs.get("start", 1))
            yield Items(tuple(_items(tokens)), start)


def _grid(tokens: _Tokens) -> Grid:
    rows: list[list[tuple[Span, ...]]] = []
    while (token := tokens.take()) is not None and token.type != "table_close":
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(tuple(_spans(token.children or (), bold=False)))
    return Grid(tuple(rows[0]), tuple(map(tuple, rows[1:])))


_ENDS = frozenset({"list_item_close", "bullet_list_close", "ordered_list_close"})


def _items(tokens: _Tokens) -> Iterator[tuple[Block, ...]]:
    while (token := tokens.take()) is not None and token.type == "list_item_open":
        yield tuple(_blocks(tokens))


def _spans(tokens: Sequence[Token], *, bold: bool) -> Iterator[Span]:
    open_tags = {"bold": int(bold), "italic": 0}
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            yield Span("\n")
        elif token.tag in _TAGS:
            open_tags[_TAGS[token.tag]] += token.nesting
        elif token.content:
            yield Span(token.content, bool(open_tags["bold"]), bool(open_tags["italic"]))


def _html(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{''.join(map(_span_html, block.spans))}</p>"
    lines = "".join(f"<li>{_item_html(item)}</li>" for item in block.items)
    if block.start is None:
        return f"<ul>{lines}</ul>"
    return f"<ol>{lines}</ol>" if block.start == 1 else f'<ol start="{block.start}">{lines}</ol>'


def _item_html(item: Sequence[Block]) -> str:
    """An item of one paragraph needs no paragraph."""
    first = item[0] if item else None
    if isinstance(first, Paragraph):
        return "".join(map(_span_html, first.spans)) + "".join(map(_html, item[1:]))
    return "".join(map(_html, item))


def _span_html(span: Span) -> str:
    if span.text == "\n":
        return "<br>"
    shown = escape(span.text)
    shown = f"<em>{shown}</em>" if span.italic else shown
    return f"<strong>{shown}</strong>" if span.bold else shown


def _section_html(one: Section) -> str:
    if isinstance(one, Title):
        level = min(one.level + 1, 6)
        return f"<h{level}>{''.join(map(_span_html, one.spans))}</h{level}>"
    if isinstance(one, Grid):
        heads = ("".join(map(_span_html, cell)) for cell in one.head)
        head = "".join(f'<th scope="col">{cell}</th>' for cell in heads)
        rows = "".join(_row_html(row) for row in one.rows)
        name = escape(", ".join("".join(span.text for span in cell) for cell in one.head))
        return (
            f'<div class="table-wrap" tabindex="0" role="group" aria-label="{name}"><table class="data">'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    return _html(one)


def _row_html(row: Sequence[Sequence[Span]]) -> str:
    cells = ("".join(map(_span_html, cell)) for cell in row)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _words(block: Block) -> str:
    if isinstance(block, Paragraph):
        return "".join(span.text for span in block.spans)
    return " ".join(_words(one) for item in block.items for one in item)
