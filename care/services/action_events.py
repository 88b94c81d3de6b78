"""What happened to an action, as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.actions import ActionState, Retest
from care.services.rule_texts import titles_of
from care.store.actions import ActionEvent
from care.store.findings import FindingRow
from care.store.registry import Establishment
from care.store.runs import RuleOutcome
from scanners.model import Lang, Status, Text

_SHOWN = 300


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened to an action. `establishment` is empty when it concerns every site.

    `text` says what, `words` what a person wrote. `subjects` are findings an audit saw again, with their number.
    """

    at: datetime
    actor: str
    what: str
    establishment_id: int | None
    establishment: str
    text: str
    words: str
    run_id: int | None
    subjects: tuple[tuple[int, str], ...]
    reasons: tuple[str, ...]


STATES: Mapping[ActionState, Text] = {
    ActionState.TO_DO: Text("à faire", "to do"),
    ActionState.IN_PROGRESS: Text("en cours", "in progress"),
    ActionState.BLOCKED: Text("bloquée", "blocked"),
    ActionState.TO_VERIFY: Text("à vérifier", "to verify"),
    ActionState.CLOSED: Text("close", "closed"),
    ActionState.ABANDONED: Text("abandonnée", "abandoned"),
}
_FIELD_NAMES: Mapping[str, Text] = {
    "title": Text("intitulé", "title"),
    "description": Text("description", "description"),
    "severity": Text("gravité", "severity"),
    "criticality": Text("importance pour les soins", "care criticality"),
    "due_on": Text("échéance", "due date"),
    "effort_days": Text("effort", "effort"),
    "owner": Text("responsable", "owner"),
    "funding": Text("financement", "funding"),
    "sheet": Text("fiche de remédiation", "remediation sheet"),
    "costs": Text("coûts", "costs"),
    "shares": Text("partage des coûts", "cost shares"),
    "sites": Text("établissements", "establishments"),
}
_SHORT_FIELDS = frozenset({"due_on", "effort_days", "owner", "funding", "title"})


def events_of(
    session: Session, action_id: int, seen: Collection[int], readable: Collection[int], lang: Lang
) -> tuple[EventView, ...]:
    """The latest events of an action that concern the sites seen, oldest first; findings only where readable."""
    rows = session.execute(
        select(ActionEvent, Establishment.name)
        .outerjoin(Establishment, Establishment.id == ActionEvent.establishment_id)
        .where(
            ActionEvent.action_id == action_id,
            or_(ActionEvent.establishment_id.is_(None), ActionEvent.establishment_id.in_(seen)),
        )
        .order_by(ActionEvent.id.desc())
        .limit(_SHOWN)
    ).all()
    events = [(event, name or "") for event, name in reversed(rows)]
    subjects = _subjects(session, [event for event, _ in events if event.establishment_id in readable])
    reasons = _reasons(session, [event for event, _ in events], lang)
    return tuple(_view(event, name, subjects, reasons, lang) for event, name in events)


def _view(
    event: ActionEvent,
    establishment: str,
    subjects: Mapping[int, str],
    reasons: Mapping[tuple[int, str], str],
    lang: Lang,
) -> EventView:
    detail, run_id = event.detail, int(event.detail.get("run", 0))
    sentence = _SENTENCES.get(event.what)
    return EventView(
        at=event.at,
        actor=event.actor,
        what=event.what,
        establishment_id=event.establishment_id,
        establishment=establishment,
        text=sentence(detail).render(lang) if sentence else event.what,
        words=str(detail.get("text") or detail.get("reason") or detail.get("note") or ""),
        run_id=run_id or None,
        subjects=tuple((number, subjects[number]) for number in _listed(event) if number in subjects),
        reasons=tuple(reasons[run_id, rule] for rule in detail.get("rules", ()) if (run_id, rule) in reasons),
    )


def _listed(event: ActionEvent) -> Sequence[int]:
    """The findings an event names."""
    named = event.detail.get("findings")
    return named if isinstance(named, list) else ()


def _subjects(session: Session, events: Sequence[ActionEvent]) -> Mapping[int, str]:
    ids = {number for event in events for number in _listed(event)}
    return dict(session.execute(select(FindingRow.id, FindingRow.subject).where(FindingRow.id.in_(ids))).all())


def _reasons(session: Session, events: Sequence[ActionEvent], lang: Lang) -> Mapping[tuple[int, str], str]:
    """Why a rule did not verify, from what it said in that run."""
    asked = {
        (event.detail["run"], rule): (event.establishment_id or 0, rule)
        for event in events
        for rule in event.detail.get("rules", ())
    }
    if not asked:
        return {}
    titles = titles_of(session, asked.values(), lang)
    rows = session.scalars(
        select(RuleOutcome).where(
            RuleOutcome.run_id.in_({run for run, _ in asked}), RuleOutcome.rule.in_({rule for _, rule in asked})
        )
    )
    outcomes = {(row.run_id, row.rule): row for row in rows}
    return {key: _why(titles[place], outcomes.get(key)).render(lang) for key, place in asked.items()}


def _why(title: str, outcome: RuleOutcome | None) -> Text:
    why = _outcome_reason(outcome)
    return Text(f"{title} : {why.fr}", f"{title}: {why.en}")


def _outcome_reason(outcome: RuleOutcome | None) -> Text:
    if outcome is None:
        return Text("cette règle n’a pas été appliquée.", "this rule was not applied.")
    if outcome.status in {Status.NOT_ASSESSABLE, Status.ERROR} and outcome.reason_fr:
        return Text(outcome.reason_fr, outcome.reason_en)
    if not outcome.conclusive:
        return Text("la cible n’a été lue qu’en partie.", "the target was read only in part.")
    return Text("l’audit n’a pas couvert le même périmètre.", "the audit did not cover the same perimeter.")


def _created(detail: Mapping[str, Any]) -> Text:
    count, sites = int(detail.get("findings", 0)), int(detail.get("sites", 1))
    over_fr = f" sur {sites} établissements" if sites > 1 else ""
    over_en = f" over {sites} establishments" if sites > 1 else ""
    tied_fr = f", {count} constat{'s' if count > 1 else ''} à fermer" if count else ""
    tied_en = f", {count} finding{'s' if count > 1 else ''} to close" if count else ""
    return Text(f"Action créée{over_fr}{tied_fr}", f"Action created{over_en}{tied_en}")


def _changed(detail: Mapping[str, Any]) -> Text:
    parts = [_one_change(name, values) for name, values in detail.get("fields", {}).items() if name in _FIELD_NAMES]
    return Text("Modifiée : " + ", ".join(one.fr for one in parts), "Changed: " + ", ".join(one.en for one in parts))


def _one_change(name: str, values: Sequence[Any]) -> Text:
    words = _FIELD_NAMES[name]
    if name not in _SHORT_FIELDS:
        return words
    before, after = (_value(name, value) for value in values)
    return Text(f"{words.fr} ({before.fr} → {after.fr})", f"{words.en} ({before.en} → {after.en})")


def _value(name: str, value: Any) -> Text:  # noqa: ANN401 - a JSON scalar
    if value in (None, ""):
        return Text("–", "–")
    if name == "due_on":
        return _day(str(value))
    written = f"{value:g}" if isinstance(value, float) else str(value)
    return Text(written.replace(".", ",") if isinstance(value, float) else written, written)


def _day(iso: str) -> Text:
    return Text(f"{date.fromisoformat(iso):%d/%m/%Y}", iso)


def _due(detail: Mapping[str, Any]) -> Text:
    before, after = _day(detail["from"]), _day(detail["to"])
    return Text(
        f"Échéance recalculée d’après la nouvelle politique : {before.fr} → {after.fr}",
        f"Due date worked out again from the new policy: {before.en} → {after.en}",
    )


def _moved(detail: Mapping[str, Any]) -> Text:
    before, after = STATES[ActionState(detail["from"])], STATES[ActionState(detail["to"])]
    return Text(f"Passée de « {before.fr} » à « {after.fr} »", f"Moved from “{before.en}” to “{after.en}”")


def _tied(detail: Mapping[str, Any]) -> Text:
    count = int(detail.get("count", 0))
    if count > 1:
        return Text(f"{count} constats rattachés", f"{count} findings tied")
    return Text("Un constat rattaché", "One finding tied")


def _retest_refused(detail: Mapping[str, Any]) -> Text:
    name = detail.get("target", "")
    return Text(
        f"L’audit de vérification de « {name} » n’a pas pu partir : {detail.get('fr', '')}",
        f"The verifying audit of “{name}” could not start: {detail.get('en', '')}",
    )


def _retest(detail: Mapping[str, Any]) -> Text:
    count = int(detail.get("count", 0))
    still = "un constat est encore vu" if count == 1 else f"{count} constats sont encore vus"
    still_en = "one finding is still seen" if count == 1 else f"{count} findings are still seen"
    sentences = {
        Retest.VERIFIED.value: Text(
            "Vérifiée par un audit : plus aucun constat lié n’est vu, l’action est close",
            "Verified by an audit: no tied finding is seen any more, the action is closed",
        ),
        Retest.STILL_THERE.value: Text(
            f"L’audit de vérification ne confirme pas : {still}, l’action repart en cours",
            f"The verifying audit does not confirm: {still_en}, the action is in progress again",
        ),
        Retest.UNSURE.value: Text(
            "L’audit n’a pas pu vérifier tous les constats : l’action reste à vérifier",
            "The audit could not verify every finding: the action still waits",
        ),
        "earlier": Text(
            "Un audit commencé avant la preuve voit encore des constats : il ne compte pas",
            "An audit begun before the evidence still sees findings: it does not count",
        ),
        "no_evidence": Text(
            "Les constats ne sont plus vus, mais la preuve a été retirée : ajoutez-en une pour clore",
            "The findings are gone, but the evidence was withdrawn: add some to close",
        ),
    }
    return sentences.get(str(detail.get("result")), Text("", ""))


def _back(detail: Mapping[str, Any]) -> Text:
    count = int(detail.get("count", 0))
    if count > 1:
        return Text(f"{count} constats clos par cette action sont revenus", f"{count} findings it closed are back")
    return Text("Un constat clos par cette action est revenu", "A finding it closed is back")


def _signed(detail: Mapping[str, Any]) -> Text:
    who = detail.get("signatory", "")
    return Text(
        f"Close sur la preuve seule, vérification signée par {who}", f"Closed on evidence alone, signed by {who}"
    )


def _always(fr: str, en: str) -> Callable[[Mapping[str, Any]], Text]:
    return lambda _detail: Text(fr, en)


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], Text]] = {
    "created": _created,
    "changed": _changed,
    "due": _due,
    "moved": _moved,
    "commented": _always("Commentaire", "Comment"),
    "tied": _tied,
    "untied": _always("Un constat détaché", "One finding untied"),
    "proof": _always("Preuve donnée", "Evidence given"),
    "retest_asked": _always("Audit de vérification demandé", "Verifying audit asked for"),
    "retest_refused": _retest_refused,
    "retest": _retest,
    "closed": _always("Close : aucun constat lié n’est à vérifier", "Closed: no tied finding is left to verify"),
    "signed": _signed,
    "back": _back,
}
