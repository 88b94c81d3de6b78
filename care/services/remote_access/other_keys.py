"""The keys that the other bastions of an establishment accept: each audit of one compares its own with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.platform import Platform
from care.services.scanning import OTHER_KEYS, REGISTER_SCANNER, UNREAD_GATEWAYS
from care.store.evidence import Evidence
from care.store.runs import Run, latest_of_each_target
from care.store.targets import Target
from scanners.archive import read_archive
from scanners.errors import ArchiveError
from scanners.remote_access.facts import OtherKey, RemoteAccessFacts
from scanners.remote_access.judgement import remote_keys

MOST = 50_000
"""Keys handed over: 250 bastions of 200 accounts."""


def other_keys(platform: Platform, session: Session, target: Target) -> dict[str, Any]:
    """What the audit of a bastion is given of the others: the keys of their last audits, and the names of those
    that did not tell all of theirs. Nothing for what is no bastion; a target that is the same machine under another
    address is no other bastion."""
    if not target.request.get("bastion"):
        return {}
    bastions = _bastions(session, target)
    ours = next((_facts(platform, sha256) for one, sha256 in bastions if one.id == target.id), None)
    machine = ours.machine if ours is not None else ""
    keys, unread = list[OtherKey](), list[str]()
    for one, sha256 in bastions:
        facts = _facts(platform, sha256) if one.id != target.id else ours
        if one.id == target.id or (facts is not None and machine and facts.machine == machine):
            continue
        if facts is not None:
            keys += _of(facts)
        if facts is None or any(gap.section == "keys" for gap in facts.gaps) or len(keys) > MOST:
            unread.append(one.name)
    told = [asdict(one) for one in dict.fromkeys(keys[:MOST])]
    return {OTHER_KEYS: told, UNREAD_GATEWAYS: unread}


def _bastions(session: Session, target: Target) -> list[tuple[Target, str | None]]:
    """The bastions of the establishment, each with the archive of its last audit; None for one never audited."""
    query = select(Target).where(
        Target.establishment_id == target.establishment_id,
        Target.scanner == REGISTER_SCANNER,
        Target.archived_at.is_(None) | (Target.id == target.id),
    )
    found = [one for one in session.scalars(query.order_by(Target.id)) if one.request.get("bastion")]
    last = latest_of_each_target(Run.facts_id.is_not(None), Run.target_id.in_([one.id for one in found]))
    rows = session.execute(
        select(Run.target_id, Evidence.sha256).join(Evidence, Evidence.id == Run.facts_id).where(Run.id.in_(last))
    )
    archives = {row.target_id: row.sha256 for row in rows}
    return [(one, archives.get(one.id)) for one in found]


def _facts(platform: Platform, sha256: str | None) -> RemoteAccessFacts | None:
    """What an audit saw; None when nothing can be read of it any more."""
    if sha256 is None:
        return None
    try:
        facts = read_archive(platform.evidence.path(sha256)).facts
    except ArchiveError:
        return None
    return facts if isinstance(facts, RemoteAccessFacts) else None


def _of(facts: RemoteAccessFacts) -> Iterator[OtherKey]:
    today = facts.collected_at.date()
    return (
        OtherKey(key.fingerprint, facts.gateway, key.account, facts.machine)
        for key in remote_keys(facts)
        if not key.ended(today)
    )
