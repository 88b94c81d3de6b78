"""What codes of a bundle mean, for who looks at it before it leaves."""

from __future__ import annotations

from collections.abc import Mapping

from care.services.federation.exporting import Content
from care.services.indicators.definitions import read_definitions
from care.services.platform import Platform
from scanners.model import Lang


def words_of(platform: Platform, content: Content, lang: Lang) -> Mapping[str, str]:
    """The title of each indicator told, by code; its code when no definition of it is known here."""
    codes = sorted({value.code for one in content.speakers for value in one.values})
    with platform.database.read() as session:
        library = read_definitions(platform, session)
    found = {code: library.versions(code) for code in codes}
    return {code: versions[0].title.render(lang) if versions else code for code, versions in found.items()}
