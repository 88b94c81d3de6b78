"""Which directory opens the console of a copy: the production one, another, none, or one that cannot be told. Pure.

A directory has two names, `HOPITAL` and `hopital.test`, and a plan writes either. That they are one is known from its
audit only: without it, a name of the other form is neither the production one nor another.
"""

from __future__ import annotations

from typing import Literal

from scanners.backup.facts import BackupFacts, Copy

Opening = Literal["unsaid", "local", "production", "other", "unsure"]
_LOCAL = ("local", "locale", "locaux", "comptes locaux", "local accounts")


def opening(facts: BackupFacts, copy: Copy) -> Opening:
    """What opens the console of a copy."""
    name = directory_name(copy.authentication)
    if not name:
        return "unsaid"
    if name in _LOCAL:
        return "local"
    production = _production_names(facts)
    if name in production:
        return "production"
    known = {form for one in facts.dedicated for form in (directory_name(one.domain), directory_name(one.netbios))}
    same_form = any(("." in one) is ("." in name) for one in production)
    return "other" if name in known or same_form else "unsure"


def directory_name(text: str) -> str:
    """A name of a directory as it is compared."""
    return text.strip().rstrip(".").casefold()


def _production_names(facts: BackupFacts) -> set[str]:
    directory = facts.directory
    told = (facts.plan.production_domain, *((directory.domain, directory.netbios) if directory else ()))
    return {directory_name(one) for one in told} - {""}
