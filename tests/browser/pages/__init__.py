"""Every page a person can open, once: a page joins the table of its subject."""

from __future__ import annotations

from collections import Counter

from tests.browser.conftest import Site
from tests.browser.pages import (
    access_links,
    alerts,
    applications,
    awareness,
    backups,
    bia,
    catalogue,
    certification,
    chronogram,
    continuity,
    crisis,
    debrief,
    degraded,
    directory,
    drills,
    exercise_kits,
    exercises,
    exposure,
    facilitation,
    findings,
    frameworks,
    governance,
    imports,
    incidents,
    indicators,
    installations,
    isolation,
    lists,
    logbooks,
    machines,
    maturity,
    needs,
    plans,
    platform,
    preparation,
    profiles,
    questions,
    region_links,
    regional_campaigns,
    regional_reports,
    registers,
    remote_accesses,
    seats,
    support,
    territory,
    trials,
    visits,
    vulnerabilities,
)
from tests.browser.pages.visit import Visit

SUBJECTS = [
    one.SUBJECT
    for one in (
        platform,
        findings,
        directory,
        drills,
        isolation,
        machines,
        exposure,
        imports,
        lists,
        continuity,
        bia,
        certification,
        degraded,
        plans,
        trials,
        crisis,
        exercises,
        chronogram,
        preparation,
        exercise_kits,
        facilitation,
        debrief,
        logbooks,
        incidents,
        catalogue,
        seats,
        maturity,
        governance,
        awareness,
        frameworks,
        needs,
        access_links,
        registers,
        remote_accesses,
        backups,
        profiles,
        questions,
        region_links,
        regional_campaigns,
        alerts,
        regional_reports,
        support,
        indicators,
        installations,
        territory,
        visits,
        applications,
        vulnerabilities,
    )
]
NAMES = [name for subject in SUBJECTS for name in subject.pages]
TWICE = [name for name, times in Counter(NAMES).items() if times > 1]
if TWICE:
    raise ValueError(f"Two pages have one name: {', '.join(TWICE)}.")


def addresses(site: Site) -> dict[str, Visit]:
    """Every page by its name, with its address on that site."""
    return {name: page for subject in SUBJECTS for name, page in subject.addresses(site).items()}
