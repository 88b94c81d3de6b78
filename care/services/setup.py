"""First start: the database brought up to date, and its first administrator."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from care.domain.access import PLATFORM, Grant, Role, machine_scope
from care.services.accounts import AccountDraft, add_account, check_draft, count_accounts
from care.services.errors import Refused
from care.services.platform import Platform
from care.services.registry import ensure_regions
from care.store import schema
from care.store.registry import Region
from scanners.model import Text


def prepare_database(platform: Platform) -> schema.Revision:
    """Create or upgrade the tables and the regions shipped; returns where the database stood before."""
    before = schema.upgrade(platform.database)
    with platform.database.write() as session:
        ensure_regions(session)
    return before


def check_database(platform: Platform) -> schema.Revision:
    """Where the database stands; StorageError when it cannot be reached, or has lost tables."""
    found = schema.revision(platform.database)
    if found.up_to_date and (lost := schema.missing_tables(platform.database)):
        raise schema.incomplete(lost)
    return found


def needs_setup(platform: Platform) -> bool:
    """Whether nobody can sign in yet: the first-run page is then shown, and only then."""
    with platform.database.read() as session:
        return count_accounts(session) == 0


def create_first_administrator(platform: Platform, draft: AccountDraft) -> None:
    """Open the account that administers the whole platform. Refused as soon as any account exists."""
    whole = replace(draft, grants=(Grant(Role.ADMINISTRATOR, PLATFORM),))
    check_draft(whole)
    hashed = platform.passwords.hash(draft.password)
    scope = machine_scope("first-run", draft.lang)
    with platform.database.write() as session:
        # Two people may send the first-run page at once: the second waits here, then finds an account.
        session.execute(select(Region.id).order_by(Region.id).with_for_update())
        if count_accounts(session):
            raise Refused(
                Text(
                    "Un compte existe déjà : connectez-vous, ou demandez à l’administrateur.",
                    "An account already exists: sign in, or ask the administrator.",
                )
            )
        add_account(session, scope, whole, hashed, platform.clock.now())
