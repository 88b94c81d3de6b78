"""The Markdown of people's texts: what means something, what is shown as typed, and nothing that runs."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import markdown
from reports.markdown import Items, Paragraph, Span, blocks, html, steps_html, words


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("Prendre le classeur rouge.", "<p>Prendre le classeur rouge.</p>"),
        ("Une ligne\nune autre", "<p>Une ligne<br>une autre</p>"),
        ("Un\n\ndeux", "<p>Un</p><p>deux</p>"),
        ("Ne **jamais** réutiliser", "<p>Ne <strong>jamais</strong> réutiliser</p>"),
        ("- un\n- deux", "<ul><li>un</li><li>deux</li></ul>"),
        ("1. un\n2. deux", "<ol><li>un</li><li>deux</li></ol>"),
        ("4. suite", '<ol start="4"><li>suite</li></ol>'),
        ("1. un\n   - a\n   - b\n2. deux", "<ol><li>un<ul><li>a</li><li>b</li></ul></li><li>deux</li></ol>"),
        ("# Titre", "<p><strong>Titre</strong></p>"),
        ("# Titre **gras** fin", "<p><strong>Titre </strong><strong>gras</strong><strong> fin</strong></p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[ici](javascript:alert(1))", "<p>[ici](javascript:alert(1))</p>"),
        ("![x](https://ailleurs.test/x.png)", "<p>![x](https://ailleurs.test/x.png)</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("un \\* seul", "<p>un * seul</p>"),
        ("    quatre espaces", "<p>quatre espaces</p>"),
        ("`code`\x00", "<p>`code`</p>"),
    ],
)
def test_what_is_typed_and_what_is_shown(typed: str, shown: str) -> None:
    assert html(typed) == shown


def test_blocks_say_the_same_to_documents() -> None:
    assert blocks("Avant\n\n3. **un**\n4. deux") == (
        Paragraph((Span("Avant"),)),
        Items(((Paragraph((Span("un", bold=True),)),), (Paragraph((Span("deux"),)),)), start=3),
    )


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""),
        ("Un\nDeux\n\nTrois", "<ol><li>Un</li><li>Deux</li><li>Trois</li></ol>"),
        ("- Un\n- Deux", "<ol><li>Un</li><li>Deux</li></ol>"),
        ("Avant\n\n1. Un\n   - a", "<p>Avant</p><ol><li>Un<ul><li>a</li></ul></li></ol>"),
        ("1. Un\n\nPuis\n\n- a", "<ol><li>Un</li></ol><p>Puis</p><ul><li>a</li></ul>"),
    ],
)
def test_a_procedure_is_numbered_however_it_is_typed(typed: str, shown: str) -> None:
    assert steps_html(typed) == shown


def test_words_are_on_one_line() -> None:
    assert words("# Quand\n\n- le **DPI** tombe\n- la nuit") == "Quand le DPI tombe la nuit"


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}


@given(st.text(alphabet=st.sampled_from("ab1.-+#*_`<>&\"'/=[](){}!\\ \n\t\r|~:éœ\u200f"), max_size=300))
def test_no_text_makes_other_html_than_ours(typed: str) -> None:
    seen = Seen()
    seen.feed(html(typed))
    assert seen.tags <= {"p", "br", "ul", "ol", "li", "strong", "em"}
    assert seen.attributes <= {"start"}


def test_lists_without_end_are_read_at_once() -> None:
    assert "fin" in words("- " * 5000 + "fin")
    assert "fin" in words("\n".join("  " * depth + "- x" for depth in range(500)) + " fin")


BOOKLET = """# Livret

Une ligne coupée par la marge de celui qui écrit, vers cent vingt signes, comme le sont les fichiers des kits, et
qui continue ici. `mot`

| Quand | Quoi |
|---|---|
| J **0** | <b>rien</b> |

- un
"""


def test_a_longer_text_has_titles_and_tables() -> None:
    title, paragraph, grid, items = markdown.sections(BOOKLET)
    assert title == markdown.Title((Span("Livret"),), 1)
    assert isinstance(paragraph, Paragraph)
    assert "".join(span.text for span in paragraph.spans).endswith("des kits, et qui continue ici. mot")
    assert isinstance(grid, markdown.Grid)
    assert [cell[0].text for cell in grid.head] == ["Quand", "Quoi"]
    assert grid.rows == (((Span("J "), Span("0", bold=True)), (Span("<b>rien</b>"),)),)
    assert isinstance(items, Items)


def test_a_longer_text_as_html_is_escaped() -> None:
    made = markdown.sections_html(BOOKLET)
    assert made.startswith("<h2>Livret</h2><p>")
    assert '<div class="table-wrap" tabindex="0" role="group" aria-label="Quand, Quoi"><table' in made
    assert '<th scope="col">Quoi</th>' in made
    assert "<td>J <strong>0</strong></td><td>&lt;b&gt;rien&lt;/b&gt;</td>" in made


@pytest.mark.parametrize(
    "text", ["", "|", "| a |\n|---|", "# ", "a\n|-|\n|x|y|", "> x\n\n***\n\n```\ncode\n```", "- " * 60]
)
def test_no_text_breaks_a_longer_reading(text: str) -> None:
    assert isinstance(markdown.sections_html(text), str)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["a" * 84, "suite"], 2),
        (["a" * 85, "suite"], 1),
        (["a" * 135, "Suite"], 1),
        (["a" * 136, "Suite"], 2),
        (["a" * 136, "suite"], 1),
        (["a" * 100, "", "b"], 3),
        (["a" * 100, "- item"], 2),
        (["a" * 100, "1. item"], 2),
        (["a" * 100, "| x |"], 2),
        (["a" * 100, "# titre"], 2),
        (["- " + "a" * 100, "  suite", "fin"], 2),
    ],
)
def test_lines_cut_by_a_margin_are_joined_again(lines: list[str], found: int) -> None:
    assert len(markdown.unwrapped("\n".join(lines)).splitlines()) == found
