"""The security clauses of a contract: answered one by one, counted, compared over suppliers, asked for on paper.

The frameworks of suppliers (security clauses, HDS) are answered with the holder `contract:<id>`. A clause that nobody
read is not absent, and an answer to other words, or that is over, has to be confirmed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.contracts import CLAUSE_STATES, TO_ASK, ClauseState, Coverage, coverage_of
from care.domain.frameworks import Framework, Item, Unit
from care.domain.programme import AnswerVerdict
from care.services.action_query import today
from care.services.errors import NotFound
from care.services.frameworks.answering import AnswerDraft, write_answers
from care.services.frameworks.library import frameworks_in_use
from care.services.frameworks.marks import mark_establishment
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import row_to_change, rows_of, visible_row
from care.services.trail import Thing, record
from care.store.frameworks import RequirementAnswer
from care.store.governance import SupplierContract
from reports.spreadsheets import Cell, Sheet, xlsx_bytes
from scanners.model import Lang, Text

MOST_MISSED = 10
MOST_COMPARED = 100
_STATES: Mapping[AnswerVerdict, ClauseState] = {
    AnswerVerdict.YES: ClauseState.COVERED,
    AnswerVerdict.PARTLY: ClauseState.PARTLY,
    AnswerVerdict.NO: ClauseState.ABSENT,
    AnswerVerdict.INADEQUATE: ClauseState.ABSENT,
    AnswerVerdict.NOT_APPLICABLE: ClauseState.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """A clause in a contract. `seen` is what a form carries back; `verdict` the last answer, even one to confirm."""

    id: str
    title: str
    text: str
    section: str
    expects: tuple[str, ...]
    state: ClauseState
    verdict: AnswerVerdict | None
    note: str
    answered_on: date | None
    answered_by: str
    seen: int


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A top section of a framework, counted."""

    id: str
    title: str
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class ClauseSet:
    """A framework in a contract, counted."""

    framework: str
    title: str
    version: str
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class ClauseFilter:
    """What a reader asked to see; an empty value asks for everything."""

    state: str = ""
    section: str = ""
    profile: str = ""
    words: str = ""

    @property
    def asked(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.state or self.section or self.profile or self.words)


@dataclass(frozen=True, slots=True)
class ClausesView:
    """The clauses of one framework in one contract; `lines` are those asked for."""

    contract_id: int
    establishment_id: int
    supplier: str
    subject: str
    framework: str
    title: str
    version: str
    source: str
    lines: tuple[ClauseLine, ...]
    sections: tuple[SectionLine, ...]
    profiles: Mapping[str, str]
    coverage: Coverage
    may_manage: bool
    may_export: bool


@dataclass(frozen=True, slots=True)
class ComparedContract:
    """A contract beside the others, its coverage by framework."""

    id: int
    supplier: str
    subject: str
    critical: bool | None
    health_data: bool | None
    coverage: Mapping[str, Coverage]


@dataclass(frozen=True, slots=True)
class MissedClause:
    """A clause absent or incomplete in several contracts."""

    framework: str
    id: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The contracts in being of an establishment, side by side. `frameworks` are their titles by id."""

    frameworks: Mapping[str, str]
    contracts: tuple[ComparedContract, ...]
    missed: tuple[MissedClause, ...]
    may_export: bool


Answers = Mapping[str, RequirementAnswer]
"""The last answer of each clause of one contract and one framework, by item."""


def holder_of(contract_id: int) -> str:
    """How the answers of a contract are held."""
    return f"contract:{contract_id}"


def supplier_frameworks(platform: Platform, session: Session) -> tuple[Framework, ...]:
    """The frameworks that suppliers answer, by id."""
    known = frameworks_in_use(platform, session, today(platform))
    return tuple(one for one in known.values() if one.unit is Unit.SUPPLIER)


def concerned(framework: Framework, contract: SupplierContract) -> bool:
    """Whether a framework is shown for a contract: HDS only when health data are not ruled out."""
    return framework.id != "hds" or contract.health_data is not False


def coverages(
    platform: Platform, session: Session, contracts: Sequence[SupplierContract]
) -> dict[int, dict[str, Coverage]]:
    """The coverage of each contract by framework, in one reading."""
    frameworks, day = supplier_frameworks(platform, session), today(platform)
    answers = answers_of(session, [one.id for one in contracts])
    return {
        one.id: {
            framework.id: coverage_of(_states(framework, answers[one.id, framework.id], day))
            for framework in frameworks
            if concerned(framework, one)
        }
        for one in contracts
    }


def answers_of(session: Session, contract_ids: Iterable[int]) -> dict[tuple[int, str], dict[str, RequirementAnswer]]:
    """The last answer of each clause, by contract and framework; what was taken back is not there."""
    holders = {holder_of(number): number for number in contract_ids}
    rows = session.scalars(
        select(RequirementAnswer).where(RequirementAnswer.holder.in_(holders)).order_by(RequirementAnswer.id)
    )
    found: dict[tuple[int, str], dict[str, RequirementAnswer]] = defaultdict(dict)
    for row in rows:
        found[holders[row.holder], row.framework][row.item] = row
    for answers in found.values():
        for item in [name for name, row in answers.items() if row.withdrawn]:
            del answers[item]
    return found


def clause_states(
    platform: Platform, session: Session, contract_ids: Sequence[int], framework_id: str, clauses: Iterable[str]
) -> dict[int, dict[str, str]]:
    """Where some clauses stand in some contracts, by contract and clause, but those unknown to the framework."""
    framework = next((one for one in supplier_frameworks(platform, session) if one.id == framework_id), None)
    if framework is None or not contract_ids:
        return {}
    wanted = set(clauses)
    items = [item for item in framework.requirements if item.id in wanted]
    answers, day = answers_of(session, contract_ids), today(platform)
    return {
        number: {item.id: _state(item, answers[number, framework_id].get(item.id), day).value for item in items}
        for number in contract_ids
    }


def named_clauses(
    platform: Platform,
    session: Session,
    contract_ids: Sequence[int],
    framework_id: str,
    wanted: Iterable[ClauseState],
    lang: Lang,
) -> list[str]:
    """The clauses that stand so in one of some contracts, number and title, in the order of their framework."""
    framework = next((one for one in supplier_frameworks(platform, session) if one.id == framework_id), None)
    if framework is None:
        return []
    items = framework.requirements
    states = clause_states(platform, session, contract_ids, framework_id, [item.id for item in items])
    kept = set(wanted)
    return [
        f"{item.id} {item.title.render(lang)}"
        for item in items
        if any(found[item.id] in kept for found in states.values())
    ]


def _states(framework: Framework, answers: Answers, day: date) -> list[ClauseState]:
    return [_state(item, answers.get(item.id), day) for item in framework.requirements]


def _state(item: Item, answer: RequirementAnswer | None, day: date) -> ClauseState:
    if answer is None:
        return ClauseState.UNANSWERED
    if answer.item_hash != item.wording or (answer.valid_until is not None and answer.valid_until < day):
        return ClauseState.TO_CONFIRM
    return _STATES[answer.verdict]


def sets_of(platform: Platform, scope: Scope, contract_id: int) -> tuple[ClauseSet, ...]:
    """The frameworks shown for a contract, each counted. NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, SupplierContract, contract_id)
        known = coverages(platform, session, [row])[row.id]
        return tuple(
            ClauseSet(one.id, one.title.render(scope.lang), one.version, known[one.id])
            for one in supplier_frameworks(platform, session)
            if one.id in known
        )


def open_clauses(
    platform: Platform, scope: Scope, contract_id: int, framework_id: str, wanted: ClauseFilter
) -> ClausesView:
    """The clauses of a contract asked for, in their order. NotFound outside the scope, or for another framework."""
    with platform.database.read() as session:
        row = visible_row(session, scope, SupplierContract, contract_id)
        place = visible_establishment(session, scope, row.establishment_id)
        framework = _framework(platform, session, framework_id)
        answers, day = answers_of(session, [row.id])[row.id, framework.id], today(platform)
        last = _last_ids(session, row.id, framework.id)
        every = [_line(framework, item, answers.get(item.id), last, day, scope.lang) for item in framework.requirements]
        kept = {item.id for item in framework.for_profile(wanted.profile)}
        return ClausesView(
            contract_id=row.id,
            establishment_id=row.establishment_id,
            supplier=row.supplier,
            subject=row.subject,
            framework=framework.id,
            title=framework.title.render(scope.lang),
            version=framework.version,
            source=framework.source.render(scope.lang),
            lines=tuple(one for one in every if one.id in kept and _asked(framework, one, wanted)),
            sections=_sections(framework, every, scope.lang),
            profiles={name: text.render(scope.lang) for name, text in framework.profiles.items()},
            coverage=coverage_of(one.state for one in every),
            may_manage=scope.allows(Right.MANAGE_PROGRAMME, place.lineage) and row.ended_on is None,
            may_export=scope.allows(Right.EXPORT, place.lineage),
        )


def _framework(platform: Platform, session: Session, framework_id: str) -> Framework:
    found = next((one for one in supplier_frameworks(platform, session) if one.id == framework_id), None)
    if found is None:
        raise NotFound
    return found


def _last_ids(session: Session, contract_id: int, framework_id: str) -> dict[str, int]:
    """The number of the last answer of each clause, taken back ones too: what a form carries."""
    rows = session.execute(
        select(RequirementAnswer.item, RequirementAnswer.id)
        .where(RequirementAnswer.holder == holder_of(contract_id), RequirementAnswer.framework == framework_id)
        .order_by(RequirementAnswer.id)
    )
    return dict(rows.all())


def _line(
    framework: Framework,
    item: Item,
    answer: RequirementAnswer | None,
    last: Mapping[str, int],
    day: date,
    lang: Lang,
) -> ClauseLine:
    return ClauseLine(
        id=item.id,
        title=item.title.render(lang),
        text=item.text.render(lang) if item.text else "",
        section=" › ".join(one.title.render(lang) for one in framework.path(item)),
        expects=tuple(one.what.render(lang) for one in item.expects),
        state=_state(item, answer, day),
        verdict=answer.verdict if answer else None,
        note=answer.note if answer else "",
        answered_on=answer.given_on if answer else None,
        answered_by=answer.answered_by if answer else "",
        seen=last.get(item.id, 0),
    )


def _asked(framework: Framework, line: ClauseLine, wanted: ClauseFilter) -> bool:
    item = framework.by_id[line.id]
    top = _top(framework, item)
    words = wanted.words.casefold().split()
    text = f"{line.id} {line.title} {line.text} {line.section}".casefold()
    states = TO_ASK if wanted.state == "to_ask" else (wanted.state,) if wanted.state else tuple(ClauseState)
    return line.state in states and wanted.section in ("", top) and all(word in text for word in words)


def _top(framework: Framework, item: Item) -> str:
    path = framework.path(item)
    return path[0].id if path else item.id


def _sections(framework: Framework, lines: Sequence[ClauseLine], lang: Lang) -> tuple[SectionLine, ...]:
    states: dict[str, list[ClauseState]] = defaultdict(list)
    for line in lines:
        states[_top(framework, framework.by_id[line.id])].append(line.state)
    return tuple(
        SectionLine(top, framework.by_id[top].title.render(lang), coverage_of(found)) for top, found in states.items()
    )


def answer_clauses(
    platform: Platform, scope: Scope, contract_id: int, framework_id: str, drafts: Sequence[AnswerDraft]
) -> int:
    """Record what was read of clauses of a contract; returns how many answers say something new.

    Invalid names each field with its clause (`note-O-2.3`). Refused when one was answered otherwise meanwhile.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = row_to_change(session, scope, SupplierContract, contract_id)
        framework = _framework(platform, session, framework_id)
        answers = answers_of(session, [row.id])[row.id, framework.id]
        new = [one for one in drafts if _says_more(framework, one, answers.get(one.item))]
        mark_establishment(session, row.establishment_id, now)
        return write_answers(platform, session, scope, holder_of(row.id), framework, new)


def _says_more(framework: Framework, draft: AnswerDraft, known: RequirementAnswer | None) -> bool:
    """A clause left as it was is not answered again every time its section is saved."""
    if known is None or draft.item not in framework.by_id:
        return True
    same_words = known.item_hash == framework.by_id[draft.item].wording
    return not same_words or (known.verdict, known.note) != (draft.verdict, draft.note.strip())


def compare_contracts(platform: Platform, scope: Scope, establishment_id: int) -> Comparison:
    """The contracts in being side by side, critical ones first, and the clauses that most of them lack."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        rows = _in_being(session, place.id)
        known = coverages(platform, session, rows)
        frameworks = supplier_frameworks(platform, session)
        missed = _missed(platform, session, frameworks, rows, scope.lang)
        return Comparison(
            {one.id: one.title.render(scope.lang) for one in frameworks},
            tuple(
                ComparedContract(row.id, row.supplier, row.subject, row.critical, row.health_data, known[row.id])
                for row in rows
            ),
            missed,
            scope.allows(Right.EXPORT, place.lineage),
        )


def _in_being(session: Session, establishment_id: int) -> list[SupplierContract]:
    rows = [row for row in rows_of(session, SupplierContract, establishment_id) if row.ended_on is None]
    return sorted(rows, key=lambda row: (row.critical is not True, row.supplier.casefold(), row.id))[:MOST_COMPARED]


def _missed(
    platform: Platform,
    session: Session,
    frameworks: Sequence[Framework],
    rows: Sequence[SupplierContract],
    lang: Lang,
) -> tuple[MissedClause, ...]:
    answers, day = answers_of(session, [row.id for row in rows]), today(platform)
    counts: Counter[tuple[str, str]] = Counter()
    for framework in frameworks:
        for row in rows:
            for item in framework.requirements:
                if _state(item, answers[row.id, framework.id].get(item.id), day) in (
                    ClauseState.ABSENT,
                    ClauseState.PARTLY,
                ):
                    counts[framework.id, item.id] += 1
    titles = {(one.id, item.id): item.title.render(lang) for one in frameworks for item in one.requirements}
    return tuple(
        MissedClause(framework, item, titles[framework, item], count)
        for (framework, item), count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_MISSED]
    )


_HEADS = (
    Text("N°", "No."), Text("Chapitre", "Section"), Text("Clause", "Clause"), Text("Précisions", "Details"),
    Text("Pièces attendues", "Documents expected"), Text("Notre lecture du contrat", "Our reading of the contract"),
    Text("Remarque", "Note"), Text("Réponse du fournisseur", "Answer of the supplier"),
)  # fmt: skip


def clauses_xlsx(platform: Platform, scope: Scope, contract_id: int, framework_id: str, wanted: ClauseFilter) -> bytes:
    """The clauses asked for as a workbook to send to the supplier; the trail keeps who took it."""
    view = open_clauses(platform, scope, contract_id, framework_id, replace(wanted, section="", words=""))
    now, lang = platform.clock.now(), scope.lang
    with platform.database.write() as session:
        row = visible_row(session, scope, SupplierContract, contract_id)
        visible_establishment(session, scope, row.establishment_id, Right.EXPORT)
        thing = Thing("contract", row.id, row.establishment_id)
        record(session, scope, "contract.clauses_taken", thing, now, {"framework": framework_id})
    rows: list[list[Cell]] = [
        [one.id, one.section, one.title, one.text, "\n".join(one.expects), CLAUSE_STATES[one.state].render(lang),
         one.note, None]
        for one in view.lines
    ]  # fmt: skip
    title = Text(f"Clauses – {view.supplier}", f"Clauses – {view.supplier}").render(lang)
    return xlsx_bytes([Sheet(title, [head.render(lang) for head in _HEADS], rows)], title)


def comparison_xlsx(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """Every clause by contract, one sheet a framework; the trail keeps who took it."""
    now, lang, day = platform.clock.now(), scope.lang, today(platform)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        rows = _in_being(session, place.id)
        answers = answers_of(session, [row.id for row in rows])
        frameworks = supplier_frameworks(platform, session)
        thing = Thing("contract_register", place.id, place.id)
        record(session, scope, "contract.comparison_taken", thing, now, {"count": len(rows)})
        sheets = [_compared(one, rows, answers, day, lang) for one in frameworks]
    return xlsx_bytes(sheets, Text("Clauses par contrat", "Clauses by contract").render(lang))


def _compared(
    framework: Framework,
    rows: Sequence[SupplierContract],
    answers: Mapping[tuple[int, str], Answers],
    day: date,
    lang: Lang,
) -> Sheet:
    heads = [_HEADS[0].render(lang), _HEADS[2].render(lang), *(f"{row.supplier} – {row.subject}" for row in rows)]
    lines: list[list[Cell]] = [
        [
            item.id,
            item.title.render(lang),
            *(_said(item, answers.get((row.id, framework.id), {}), day, lang) for row in rows),
        ]
        for item in framework.requirements
    ]
    return Sheet(framework.id, heads, lines)


def _said(item: Item, answers: Answers, day: date, lang: Lang) -> str:
    return CLAUSE_STATES[_state(item, answers.get(item.id), day)].render(lang)
