"""Rules that a person answers in the plan (`answers`): one place for “unanswered”, “no” and “too long ago”."""

from __future__ import annotations

from scanners.backup.facts import Answer, AnswerKey, BackupFacts
from scanners.model import Finding, NotAssessable, Verdict


def unanswered(place: str) -> NotAssessable:
    """The refusal to judge what nobody answered; `place` is the field of the plan to fill."""
    return NotAssessable(
        f"Personne n’a répondu : renseignez « {place} » dans le plan de sauvegarde.",
        f"Nobody answered: fill “{place}” in the backup plan.",
    )


def answer_to(facts: BackupFacts, key: AnswerKey) -> tuple[Answer, bool | float]:
    """An answer and its value; NotAssessable when nobody answered, or on a day that is yet to come."""
    answer = facts.plan.answers.get(key)
    if answer is None or answer.value is None:
        raise unanswered(f"answers.{key}")
    if answer.date is not None and facts.days_since(answer.date) < -1:
        raise NotAssessable(
            f"La réponse est datée dans le futur ({answer.date:%d/%m/%Y}) : corrigez « answers.{key} » dans le plan.",
            f"The answer is dated in the future ({answer.date:%Y-%m-%d}): correct “answers.{key}” in the plan.",
        )
    return answer, answer.value


def said_yes(facts: BackupFacts, key: AnswerKey, max_days: int | None = None) -> Verdict:
    """Passed when the answer is yes and, with `max_days`, dated within that many days of the collection."""
    answer, value = answer_to(facts, key)
    dated = answer.date.isoformat() if answer.date else ""
    if not value or not _recent(facts, answer, max_days):
        return Verdict(1, (Finding(facts.plan.establishment, {"answer": bool(value), "date": dated or "—"}),))
    return Verdict(1)


def _recent(facts: BackupFacts, answer: Answer, max_days: int | None) -> bool:
    if max_days is None:
        return True
    return answer.date is not None and 0 <= facts.days_since(answer.date) <= max_days
