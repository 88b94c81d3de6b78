"""The pages of the library of frameworks."""

from __future__ import annotations

from tests.browser.conftest import Site
from tests.browser.pages.visit import Subject, visits
from tests.web.frameworks import plant_frameworks


def known(site: Site) -> dict[str, object]:
    return {"brought": plant_frameworks(site.platform)}


SUBJECT = Subject(
    known,
    visits(
        "director",
        frameworks="/frameworks",
        framework="/frameworks/care-d2",
        framework_found="/frameworks/anssi-ad?q=krbtgt",
        framework_values="/frameworks/care-d2/parameters",
        framework_equivalents="/frameworks/has/equivalents?with=care-d2",
        framework_alone="/frameworks/essai/equivalents",
        framework_versions="/frameworks/care-d2/versions",
    )
    | visits(
        "administrator",
        frameworks_managed="/frameworks",
        framework_import="/frameworks/import",
        framework_preview="/frameworks/import/{brought}",
        framework_values_managed="/frameworks/essai/parameters",
        framework_versions_managed="/frameworks/essai/versions",
    ),
)
