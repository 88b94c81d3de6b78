"""What each method says of one requirement: rules, documents, people. Computations are in `computed`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from care.domain.access import Level
from care.domain.evidence import EVIDENCE_NAMES, Standing, standing
from care.domain.findings import State
from care.domain.frameworks import Expected, Framework, Item, Method
from care.domain.judging import PEOPLE, Heard, Say
from care.domain.plans import months_later
from care.domain.programme import VERDICTS, AnswerVerdict
from care.services.frameworks.circumstances import question_of, seen_of
from care.services.frameworks.ground import Checked, Given, Ground, Piece, ref_of
from scanners.model import Kind, Rule, Status, Text

_NAMED = 3
"""How many pieces a sentence names; pages list them all."""
_SETTLED_LATER = (State.ACCEPTED, State.POSTPONED)
_SAYS: Mapping[AnswerVerdict, Say] = {
    AnswerVerdict.YES: Say.YES,
    AnswerVerdict.PARTLY: Say.BEGUN,
    AnswerVerdict.NO: Say.NO,
    AnswerVerdict.NOT_APPLICABLE: Say.OUT,
    AnswerVerdict.INADEQUATE: Say.NOTHING,
}


def day_text(day: date) -> Text:
    """A day as each language writes it."""
    return Text(f"{day:%d/%m/%Y}", day.isoformat())


def by_rules(ground: Ground, framework: Framework, item: Item) -> Heard:
    """What the last audits say, rule by rule, failures first. An open finding is a no; one whose risk was accepted is
    for a person."""
    return _of_rules(ground, rules_heard(ground, framework, item))


def by_measures(ground: Ground, framework: Framework, item: Item) -> Heard:
    """The same without the rules that only judge the answers of people."""
    rules = ground.rules(ref_of(framework, item))
    return _of_rules(ground, [rule for rule in rules if not _repeats(ground, framework, item, rule)])


def rules_heard(ground: Ground, framework: Framework, item: Item) -> Sequence[Rule[Any]]:
    """The rules that speak for a requirement. One that judges the answers given to it is silent until an audit has read
    the last of them: it speaks by itself meanwhile."""
    rules = ground.rules(ref_of(framework, item))
    answered = max((one.at for one in given_for(ground, framework, item)), default=None)
    if answered is None:
        return rules
    return [
        rule
        for rule in rules
        if not _repeats(ground, framework, item, rule) or _read_since(ground.checked.get(rule.id), answered)
    ]


def _repeats(ground: Ground, framework: Framework, item: Item, rule: Rule[Any]) -> bool:
    """Whether a rule judges the answers of that requirement themselves, handed to its audits; others judge what was
    declared elsewhere (a backup plan), which no answer here outdates."""
    question = question_of(ground, framework, item)
    return rule.kind is Kind.DECLARED and question is not None and bool(question.answers)


def _read_since(checked: Checked | None, answered: datetime) -> bool:
    return checked is not None and checked.begun_at is not None and checked.begun_at >= answered


def _of_rules(ground: Ground, rules: Sequence[Rule[Any]]) -> Heard:
    found = sorted((_rule(rule, ground.checked.get(rule.id)) for rule in rules), key=lambda one: one.say is not Say.NO)
    says = [heard.say for heard in found]
    return Heard(
        Method.RULE,
        _together(says),
        tuple(one for heard in found for one in heard.why),
        tuple(one for heard in found for one in heard.missing),
    )


def _together(says: Sequence[Say]) -> Say:
    """One no is a no; all must say yes; some of them is a beginning."""
    for decisive in (Say.NO, Say.UNSURE):
        if decisive in says:
            return decisive
    if says and all(say is Say.YES for say in says):
        return Say.YES
    return Say.BEGUN if Say.YES in says or Say.BEGUN in says else Say.NOTHING


def _rule(rule: Rule[Any], checked: Checked | None) -> Heard:
    title = rule.title
    if checked is None or not (checked.outcomes or checked.findings.get(State.OPEN)):
        fr = f"Jamais contrôlé : {title.fr}"
        return Heard(Method.RULE, Say.NOTHING, missing=(Text(fr, f"Never checked: {title.en}"),))
    if opened := checked.findings.get(State.OPEN, 0):
        return Heard(Method.RULE, Say.NO, why=(_counted(title, opened, "ouvert", "open"),))
    if later := sum(checked.findings.get(state, 0) for state in _SETTLED_LATER):
        return Heard(
            Method.RULE, Say.UNSURE, why=(_counted(title, later, "accepté ou reporté", "accepted or postponed"),)
        )
    unseen = checked.outcomes.get(Status.NOT_ASSESSABLE, 0) + checked.outcomes.get(Status.ERROR, 0)
    if unseen:
        seen = len(checked.outcomes) > (Status.NOT_ASSESSABLE in checked.outcomes) + (Status.ERROR in checked.outcomes)
        missing = tuple(
            Text(f"Non évaluable : {title.fr} : {fr}", f"Not assessable: {title.en}: {en}")
            for fr, en in checked.reasons[:1]
        ) or (Text(f"Non évaluable : {title.fr}", f"Not assessable: {title.en}"),)
        return Heard(Method.RULE, Say.BEGUN if seen else Say.NOTHING, missing=missing)
    return Heard(Method.RULE, Say.YES, why=(_passed(title, checked.last_on),))


def _counted(title: Text, count: int, fr: str, en: str) -> Text:
    many = "s" if count > 1 else ""
    agreed = " ou ".join(word + many for word in fr.split(" ou "))
    return Text(f"{title.fr} : {count} constat{many} {agreed}", f"{title.en}: {count} {en} finding{many}")


def _passed(title: Text, last_on: date | None) -> Text:
    if last_on is None:
        return Text(f"{title.fr} : conforme", f"{title.en}: passed")
    day = day_text(last_on)
    return Text(f"{title.fr} : conforme le {day.fr}", f"{title.en}: passed on {day.en}")


def by_documents(ground: Ground, framework: Framework, item: Item) -> Heard:
    """Which documents are filed: by kind, in effect on the day, not older than asked."""
    pieces = ground.pieces.get(ref_of(framework, item), ())
    wanted = item.expects or (None,)
    found = [_document(one, pieces, ground.day, alone=len(wanted) == 1) for one in wanted]
    says = [heard.say for heard in found]
    missing = [one for heard in found for one in heard.missing]
    if missing and not pieces:
        missing += _elsewhere(ground, framework, item)
    return Heard(Method.DOCUMENT, _together(says), tuple(one for heard in found for one in heard.why), tuple(missing))


def _document(expected: Expected | None, pieces: Sequence[Piece], day: date, *, alone: bool) -> Heard:
    fitting = [one for one in pieces if expected is None or alone or one.kind is expected.kind]
    valid = [one for one in fitting if _holds(one, expected, day)]
    if valid:
        return Heard(Method.DOCUMENT, Say.YES, why=tuple(_filed(one) for one in valid[:_NAMED]))
    if fitting:
        return Heard(Method.DOCUMENT, Say.BEGUN, missing=(_stale(fitting[0], expected, day),))
    what = expected.what if expected else Text("Un document qui le montre", "A document that shows it")
    kind = EVIDENCE_NAMES[expected.kind] if expected else None
    named = Text(f"{what.fr} ({kind.fr.lower()})", f"{what.en} ({kind.en.lower()})") if kind else what
    return Heard(Method.DOCUMENT, Say.NOTHING, missing=(named,))


def _holds(piece: Piece, expected: Expected | None, day: date) -> bool:
    if standing(piece.since, piece.until, day) in (Standing.EXPIRED, Standing.COMING):
        return False
    months = expected.months if expected else None
    return months is None or months_later(piece.day, months) >= day


def _filed(piece: Piece) -> Text:
    kind, day = EVIDENCE_NAMES[piece.kind], day_text(piece.day)
    return Text(f"« {piece.title} » ({kind.fr.lower()}, {day.fr})", f"“{piece.title}” ({kind.en.lower()}, {day.en})")


def _stale(piece: Piece, expected: Expected | None, day: date) -> Text:
    since = day_text(piece.day)
    if piece.until is not None and piece.until < day:
        end = day_text(piece.until)
        return Text(
            f"À renouveler : « {piece.title} » ne vaut plus depuis le {end.fr}",
            f"To renew: “{piece.title}” has not been in effect since {end.en}",
        )
    if piece.since is not None and piece.since > day:
        return Text(
            f"« {piece.title} » ne vaut qu’à partir du {since.fr}", f"“{piece.title}” is in effect from {since.en} only"
        )
    months = expected.months if expected else 0
    return Text(
        f"À renouveler : « {piece.title} » date du {since.fr}, plus de {months} mois",
        f"To renew: “{piece.title}” is from {since.en}, more than {months} months ago",
    )


SERVES = Text("peut servir ici : rattachez-le", "may serve here: tie it")


def _elsewhere(ground: Ground, framework: Framework, item: Item) -> Iterator[Text]:
    """A piece filed for a requirement that asks the same may be tied here too: one evidence serves many."""
    ref = ref_of(framework, item)
    for other in ground.equivalents.get(ref, ()):
        for piece in ground.pieces.get(other, ())[:1]:
            yield Text(
                f"« {piece.title} », déjà déposé pour {other}, {SERVES.fr}",
                f"“{piece.title}”, already filed for {other}, {SERVES.en}",
            )
            return


def by_people(ground: Ground, framework: Framework, item: Item) -> tuple[Heard, ...]:
    """What people answered: the holder, else a place above it whose answer holds below, else all those below."""
    given = given_for(ground, framework, item)
    found = [_answer(one, doubt_of(ground, framework, item, one)) for one in given]
    asked = frozenset(item.assessed_by) & PEOPLE
    if not found and asked:
        below = _below(ground, framework, item)
        found = [below] if below else [Heard(next(iter(sorted(asked))), Say.NOTHING, missing=(_ASKED[max(asked)],))]
    return tuple(found)


_ASKED: Mapping[Method, Text] = {
    Method.DECLARATION: Text("Votre réponse", "Your answer"),
    Method.INTERVIEW: Text("Un entretien avec les équipes", "An interview with the teams"),
}


def given_for(ground: Ground, framework: Framework, item: Item) -> tuple[Given, ...]:
    """The answers that hold for the holder: its own, else those of the nearest place above."""
    by_place = ground.answers.get((framework.id, item.id))
    if not by_place:
        return ()
    return next((by_place[place] for place in ground.answering if by_place.get(place)), ())


def _concerned(ground: Ground, framework: Framework, item: Item, given: Given) -> Text | None:
    """Why an answer that a requirement does not apply is doubtful: what it would not apply to is in the register."""
    question = question_of(ground, framework, item)
    if given.verdict is not AnswerVerdict.NOT_APPLICABLE or question is None or question.condition is None:
        return None
    seen = seen_of(ground, question.condition.known_by)
    return _IN_REGISTER if seen else None


def doubt_of(ground: Ground, framework: Framework, item: Item, given: Given) -> Text | None:
    """Why an answer must be given again; None when it holds."""
    return _concerned(ground, framework, item, given) or _doubt(given, item, ground.day)


_IN_REGISTER = Text(
    "À confirmer : le registre des accès distants montre le contraire",
    "To confirm: the register of remote accesses shows the opposite",
)


def _answer(given: Given, doubt: Text | None) -> Heard:
    verdict, on = VERDICTS[given.verdict], day_text(given.given_on)
    where = Text(f" pour {given.where}", f" for {given.where}") if given.where else Text("", "")
    said = Text(
        f"{given.by} a répondu « {verdict.fr} »{where.fr} le {on.fr}",
        f"{given.by} answered “{verdict.en}”{where.en} on {on.en}",
    )
    if doubt is not None:
        return Heard(given.method, Say.UNSURE, (said,), (doubt,))
    return Heard(given.method, _SAYS[given.verdict], (said,))


def _doubt(given: Given, item: Item, day: date) -> Text | None:
    """Why an answer must be given again."""
    if given.wording != item.wording:
        return Text(
            f"À confirmer : le texte a changé depuis la version {given.version}",
            f"To confirm: the wording has changed since version {given.version}",
        )
    if given.valid_until is not None and given.valid_until < day:
        end = day_text(given.valid_until)
        return Text(f"À confirmer : la réponse valait jusqu’au {end.fr}", f"To confirm: the answer held until {end.en}")
    if item.repeats_months is not None and months_later(given.given_on, item.repeats_months) < day:
        return Text(
            f"À confirmer : la réponse a plus de {item.repeats_months} mois",
            f"To confirm: the answer is more than {item.repeats_months} months old",
        )
    return None


def _below(ground: Ground, framework: Framework, item: Item) -> Heard | None:
    """The answers of every establishment of the holder, when each gave one or was covered by its legal entity’s."""
    by_place = ground.answers.get((framework.id, item.id))
    if not by_place:
        return None
    sites = [one for one in ground.holder.below if one.level is Level.ESTABLISHMENT]
    entities = [one for one in ground.holder.below if one.level is Level.LEGAL_ENTITY]
    answered = [one for one in (entities or sites) if by_place.get(one.key)]
    units = entities or sites
    given = [one for place in answered for one in by_place[place.key]]
    if not given:
        return None
    says = [_answer(one, _doubt(one, item, ground.day)).say for one in given]
    why = Text(
        f"{len(answered)} réponse(s) sur {len(units)} : {_tally(given, 'fr')}",
        f"{len(answered)} answer(s) of {len(units)}: {_tally(given, 'en')}",
    )
    whole = len(answered) == len(units)
    return Heard(given[0].method, _joint(says, whole=whole), (why,))


def _joint(says: Sequence[Say], *, whole: bool) -> Say:
    """What units say together: those that are not concerned leave it to the others."""
    concerned = [say for say in says if say is not Say.OUT]
    if whole and not concerned:
        return Say.OUT
    together = _together(concerned)
    return Say.BEGUN if together is Say.YES and not whole else together


def _tally(given: Iterable[Given], lang: str) -> str:
    counts: dict[AnswerVerdict, int] = {}
    for one in given:
        counts[one.verdict] = counts.get(one.verdict, 0) + 1
    return ", ".join(f"{VERDICTS[verdict].render(lang).lower()} {count}" for verdict, count in counts.items())
