"""Lines of the register of remote accesses, and answers of the questionnaire, for tests."""

from __future__ import annotations

from typing import Any

from care.domain.access import Scope
from care.services.platform import Platform
from care.services.questionnaire import QuestionDraft, QuestionLine, answer_questions, open_lines
from care.store.remote_access import RemoteAccess


def plant_access(platform: Platform, site: int, **columns: Any) -> int:
    """An open line of the register; nothing is said of it but its supplier and equipment."""
    usual: dict[str, Any] = {
        "supplier": "Acme", "equipment": "Automate", "accounts": [], "sources": [],
        "changed_at": platform.clock.now(), "changed_by": "tests",
    }  # fmt: skip
    with platform.database.write() as session:
        row = RemoteAccess(establishment_id=site, **(usual | columns))
        session.add(row)
        session.flush()
        return row.id


def line_of(platform: Platform, scope: Scope, site: int, item: str) -> QuestionLine:
    """A question as it stands."""
    (found,) = open_lines(platform, scope, site, [item]).lines
    return found


def say(platform: Platform, scope: Scope, site: int, item: str, *verdict: Any, **filled: Any) -> int:
    """Answer one question as it was last shown."""
    seen = line_of(platform, scope, site, item).seen
    return answer_questions(platform, scope, site, [QuestionDraft(item, *verdict, seen=seen, **filled)])
