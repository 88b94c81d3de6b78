"""The words of a rule wherever one is shown: ours from the catalogue, those of other tools as their report wrote them.

Foreign texts come from strangers: they are plain text, never formatted, and their language is named so that it can be
told to screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, or_, select, tuple_
from sqlalchemy.orm import Session

from care.domain.node_names import folded
from care.store.imports import ReportedRule
from scanners.catalog import all_rules, rule_by_id
from scanners.imported.model import Tool, check_id
from scanners.model import Lang, Ref, Rule

Place = tuple[int, str]
"""An establishment and the id of a rule: the words of a foreign rule are those its own establishment imported."""

_TOOL_LANGUAGES: Mapping[str, str] = {
    tool.value: "en"
    for tool in (Tool.NMAP, Tool.TESTSSL, Tool.SSLYZE, Tool.SSH_AUDIT, Tool.NUCLEI, Tool.NESSUS, Tool.OPENVAS)
}
"""Tools that only speak English; the others write in the language of whoever ran them, which nobody tells."""

_AT_ONCE = 500
"""Rules asked for in one query."""


class RuleTitle(str):
    """The title of a rule. `lang` is its language when known not to be the reader's; `foreign`: a tool's own words."""

    __slots__ = ("foreign", "lang")
    lang: str
    foreign: bool

    def __new__(cls, text: str, lang: str = "", foreign: bool = False) -> RuleTitle:
        """The text with its language."""
        made = super().__new__(cls, text)
        made.lang, made.foreign = lang, foreign
        return made


@dataclass(frozen=True, slots=True)
class RuleWords:
    """All the words of a foreign rule. `links` are http or https addresses, `refs` all other references.

    `lang` is the language of description and remediation when it is known not to be the reader's.
    """

    title: RuleTitle
    description: str
    remediation: str
    lang: str
    refs: tuple[Ref, ...]
    links: tuple[str, ...]


def titles_of(session: Session, places: Iterable[Place], lang: Lang) -> Mapping[Place, RuleTitle]:
    """The titles of rules in the reader's language: one query at most for a page of a list.

    A rule that nobody knows any more is called by its id.
    """
    titles = {place: RuleTitle(place[1]) for place in places}
    missing = []
    for place in sorted(titles):
        rule = rule_by_id(place[1])
        if rule is not None:
            titles[place] = RuleTitle(rule.title.render(lang))
        else:
            missing.append(place)
    columns = (ReportedRule.establishment_id, ReportedRule.rule, ReportedRule.title_fr, ReportedRule.title_en)
    for start in range(0, len(missing), _AT_ONCE):
        wanted = tuple_(ReportedRule.establishment_id, ReportedRule.rule).in_(missing[start : start + _AT_ONCE])
        for establishment_id, name, fr, en in session.execute(select(*columns).where(wanted)):
            titles[establishment_id, name] = title_in(name, fr, en, lang)
    return titles


def words_of(session: Session, establishment_id: int, rule: str, lang: Lang) -> RuleWords | None:
    """All the words of a foreign rule; None when no report of the establishment told of it."""
    row = session.get(ReportedRule, (establishment_id, rule))
    if row is None:
        return None
    pairs = [(kind, value) for kind, _, value in (str(ref).partition(":") for ref in row.refs)]
    own = not (row.description_en or row.remediation_en)
    return RuleWords(
        title=title_in(rule, row.title_fr, row.title_en, lang),
        description=_said(row.description_fr, row.description_en, lang),
        remediation=_said(row.remediation_fr, row.remediation_en, lang),
        lang=_foreign_language(rule, lang) if own else "",
        refs=tuple(Ref(kind, value) for kind, value in pairs if kind != "url"),
        links=tuple(value for kind, value in pairs if kind == "url" and value.startswith(("https://", "http://"))),
    )


def title_in(rule: str, fr: str, en: str, lang: Lang) -> RuleTitle:
    """A stored title: the tool's own words when `en` is empty, else ours in the reader's language."""
    return RuleTitle(_said(fr, en, lang) or rule, "" if en else _foreign_language(rule, lang), foreign=not en)


def _foreign_language(rule: str, lang: Lang) -> str:
    spoken = _TOOL_LANGUAGES.get(rule.partition(".")[0], lang)
    return "" if spoken == lang else spoken


def _said(fr: str, en: str, lang: Lang) -> str:
    return fr if lang == "fr" or not en else en


def rules_saying(words: str) -> list[str]:
    """Our rules whose id, title or references hold `words`, case and accents apart."""
    sought = folded(words)
    return [
        rule.id
        for rule in all_rules().values()
        if sought in folded(f"{rule.id} {rule.title.fr} {rule.title.en} {' '.join(map(str, rule.refs))}")
    ]


def called(words: str) -> ColumnElement[bool]:
    """The condition that keeps foreign rules whose id, title or references hold `words`, case apart."""
    columns = (ReportedRule.rule, ReportedRule.title_fr, ReportedRule.title_en, cast(ReportedRule.refs, String))
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def equivalents(rule: str) -> frozenset[str]:
    """The other rules that look for the same weakness: our references name checks of PingCastle and points of ANSSI."""
    ours = [one for one in all_rules().values() if one.id == rule or rule in _foreign_ids(one)]
    same = {one.id for one in ours}.union(*map(_foreign_ids, ours))
    return frozenset(same - {rule})


_TOOL_OF_FRAMEWORK = {"pingcastle": Tool.PINGCASTLE, "anssi-ad": Tool.ADS}


def _foreign_ids(rule: Rule[object]) -> frozenset[str]:
    return frozenset(
        check_id(tool, ref.item) for ref in rule.refs if (tool := _TOOL_OF_FRAMEWORK.get(ref.framework)) is not None
    )
