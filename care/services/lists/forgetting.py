"""The content of lists names people and machines: it is forgotten when it is asked, and in time."""

from __future__ import annotations

import shutil
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from care.services.platform import Platform
from care.store.lists import BroughtList

FOLDER = ".lists"
"""Under the folder of evidence, which every worker reaches."""
UNCONFIRMED_KEPT = timedelta(days=1)
CONTENT_KEPT = timedelta(days=365)
"""A list concludes nothing after 90 days. Our choice."""


def remove(platform: Platform, folder: str) -> None:
    """Remove the content of a list."""
    if folder:
        shutil.rmtree(platform.settings.evidence_dir / FOLDER / folder, ignore_errors=True)


def forget_old(platform: Platform, session: Session) -> list[str]:
    """Forget lists never confirmed after a day, and the content of the others after a year: their folders."""
    now = platform.clock.now()
    never = BroughtList.confirmed_at.is_(None), BroughtList.brought_at < now - UNCONFIRMED_KEPT
    old = BroughtList.folder != "", BroughtList.brought_at < now - CONTENT_KEPT
    folders = [*session.scalars(select(BroughtList.folder).where(*never))]
    folders += session.scalars(select(BroughtList.folder).where(*old))
    session.execute(delete(BroughtList).where(*never))
    session.execute(update(BroughtList).where(*old).values(folder=""))
    return folders
