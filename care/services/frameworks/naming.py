"""How people call a requirement that evidence, actions and rules point to by its written id."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.frameworks import Framework
from care.services.frameworks.library import frameworks_in_use
from care.services.platform import Platform
from scanners.model import Lang


def names_of(platform: Platform, refs: Collection[str], lang: Lang) -> Mapping[str, str]:
    """The requirements in use among `refs` (`care-d2:O3.A`), each with its title and its id."""
    with platform.database.read() as session:
        return names_in(platform, session, refs, lang)


def names_in(platform: Platform, session: Session, refs: Collection[str], lang: Lang) -> Mapping[str, str]:
    """The same in the caller's transaction."""
    if not refs:
        return {}
    day = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)).date()
    frameworks = frameworks_in_use(platform, session, day)
    named = {ref: name_in(frameworks, ref, lang) for ref in refs}
    return {ref: name for ref, name in named.items() if name}


def name_in(frameworks: Mapping[str, Framework], ref: str, lang: Lang) -> str:
    """The title of a requirement with its id, "" for what no framework in use asks."""
    framework_id, _, item_id = ref.partition(":")
    framework = frameworks.get(framework_id)
    asked = {item.id: item for item in framework.requirements} if framework else {}
    return f"{asked[item_id].title.render(lang)} ({ref})" if item_id in asked else ""
