"""A continuity and recovery plan as Markdown, to be edited elsewhere: the same content as its PDF, without pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from reports.pcra import validated_words
from reports.pcra_model import PlanDocument, PlanMode
from reports.pcra_words import WORDS
from reports.plain import one_line
from reports.words import day, instant

_HEADING = re.compile(r"^(\s{0,3})(#{1,6})(?=\s)", re.MULTILINE)


def pcra_markdown(document: PlanDocument) -> str:
    """The whole plan; texts of people keep the marks they typed, those of cells lose theirs."""
    return "\n\n".join(part.strip() for part in _parts(document) if part.strip()) + "\n"


def _parts(document: PlanDocument) -> Iterator[str]:
    words, lang = WORDS[document.lang], document.lang
    yield f"# {_cell(document, document.title)}"
    place = f"{_cell(document, document.establishment)} ({words['finess']} {document.finess})"
    yield f"{place}  \n{words['version']} {document.number}, {instant(document.issued_at, lang)}"
    yield f"**{_cell(document, validated_words(document))}**"
    for title, lines in ((words["remarks"], document.remarks), (words["former"], document.former)):
        if lines:
            yield f"## {title}"
            yield "\n".join(f"- {_cell(document, one)}" for one in lines)
    for chapter in document.chapters:
        yield f"## {_cell(document, chapter.title)}"
        yield _demoted(chapter.text) or f"*{words['to_write']}*"
        yield from _after(document, chapter.key)
    yield f"## {words['tests']}"
    rows = [[one.title, one.kind, day(one.on, lang), f"{one.state} {one.result}", ", ".join(one.covers)]
            for one in document.tests]  # fmt: skip
    header = [words["test"], words["what"], words["date"], words["state"], words["covers"]]
    yield _table(document, header, rows) or words["no_tests"]


def _after(document: PlanDocument, key: str) -> Iterator[str]:
    """The tables that follow a part."""
    follows = {"governance": _cells, "hypotheses": _objectives, "degraded": _modes, "recovery": _restart}
    if key in follows:
        yield from follows[key](document)


def _cells(document: PlanDocument) -> Iterator[str]:
    words = WORDS[document.lang]
    if document.cells:
        yield f"### {words['cells']}"
        yield words["cells_note"]
        rows = [[one.name, ", ".join(one.functions)] for one in document.cells]
        yield _table(document, [words["cell"], words["functions"]], rows)


def _objectives(document: PlanDocument) -> Iterator[str]:
    words = WORDS[document.lang]
    yield f"## {words['activities']}"
    header = [words["activity"], words["criticality"], words["owner"], "DMIA", "RTO", "PDMA", "DMARD", words["needs"],
              words["minimum"]]  # fmt: skip
    yield words["legend"]
    yield _table(
        document,
        header,
        [
            [one.name, one.criticality, one.owner, one.dmia, one.rto, one.pdma, one.dmard, ", ".join(one.needs),
             one.minimum]
            for one in document.activities
        ],
    ) or words["nothing"]  # fmt: skip
    yield f"## {words['resources']}"
    declared = [f"{words['declared']} {name}" for name in ("RTO", "PDMA", "DMARD")]
    header = [words["resource"], f"{words['asked']} DMIA", f"{words['asked']} PDMA", words["asked_by"], *declared]
    yield words["resources_note"]
    yield (
        _table(
            document,
            header,
            [
                [f"{one.name} ({one.kind})", one.asked_dmia, one.asked_pdma, one.asked_by, one.rto, one.pdma, one.dmard]
                for one in document.resources
            ],
        )
        or words["nothing"]
    )


def _modes(document: PlanDocument) -> Iterator[str]:
    words = WORDS[document.lang]
    yield f"### {words['modes']}"
    if not document.modes:
        yield words["no_modes"]
    for one in document.modes:
        yield f"#### {_cell(document, one.activity)} – {_cell(document, one.title)}"
        yield from _mode(document, one)


def _mode(document: PlanDocument, one: PlanMode) -> Iterator[str]:
    words = WORDS[document.lang]
    facts = {
        words["holds"]: one.holds or words["not_measured"],
        words["capacity"]: one.capacity,
        words["replaces"]: one.replaces or words["any"],
        words["kits"]: ", ".join(one.kits),
    }
    yield "\n".join(f"- {name}{words['colon']}{_cell(document, text)}" for name, text in facts.items() if text)
    texts = {
        words["when"]: one.trigger,
        words["steps"]: one.steps,
        words["limits"]: one.limits,
        words["call"]: one.who_to_call,
        words["back"]: one.back_to_normal,
    }
    for name, text in texts.items():
        if text.strip():
            yield f"**{name}**"
            yield _demoted(text)


def _restart(document: PlanDocument) -> Iterator[str]:
    words = WORDS[document.lang]
    yield f"### {words['restart']}"
    yield words["restart_note"]
    yield "\n".join(f"- {_cell(document, one)}" for one in document.restart_notes)
    header = [words["step"], words["what"], words["after"], words["ready"], words["asked_within"]]
    rows = [
        [
            str(one.number),
            f"{one.name} ({one.kind})",
            ", ".join(one.after),
            f"{one.ready} – {words['late']}" if one.late else one.ready,
            f"{one.asked} ({one.asked_by})" if one.asked_by else one.asked,
        ]
        for one in document.restart
    ]
    yield _table(document, header, rows) or words["nothing"]


def _table(document: PlanDocument, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, nothing without rows."""
    lines = [[_cell(document, text) or "–" for text in row] for row in rows]
    if not lines:
        return ""
    marks = ["---"] * len(header)
    return "\n".join(f"| {' | '.join(line)} |" for line in (list(header), marks, *lines))


def _cell(document: PlanDocument, text: str) -> str:
    """On one line, without what would end a cell or begin HTML."""
    plain = one_line(text, document.lang, 2_000)
    return plain.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def _demoted(text: str) -> str:
    """A text of people: its titles become bold lines, so that they do not cut the plan; HTML stays text."""
    lines = (_HEADING.sub("", line).strip() if _HEADING.match(line) else None for line in text.splitlines())
    kept = zip(text.splitlines(), lines, strict=True)
    return "\n".join(f"**{title}**" if title else line for line, title in kept).replace("<", "&lt;").strip()
