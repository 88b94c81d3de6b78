"""The verdict that rules on certificate templates share."""

from __future__ import annotations

from scanners.ad.columns import MISSING, Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import Evidence, no_more, provided, verdict
from scanners.ad.subjects.enrolment import need_published
from scanners.ad.subjects.templates import ENROLL_FLAG, NAME_FLAG, at_once, published, purposes
from scanners.model import Verdict


def judge_requests(facts: DirectoryFacts, flawed: Mask, more: Evidence = no_more) -> Verdict:
    """Published templates that bear a flaw, give a certificate at once, and to somebody who is not privileged."""
    open_to = facts.enrolment
    found = verdict(
        facts,
        published(facts),
        at_once(facts) & flawed & facts.mask(row for row, who in open_to.items() if who.open),
        lambda row: {
            "enrolling": ", ".join(facts.name_of(sid) for sid in open_to[row].trustees),
            "accounts": open_to[row].accounts,
            "authorities": ", ".join(open_to[row].authorities),
            "purposes": ", ".join(sorted(purposes(facts, row))),
            **more(row),
        },
        (facts.objects.descriptor < 0)
        | (facts.objects.ints(NAME_FLAG) == MISSING)
        | (facts.objects.ints(ENROLL_FLAG) == MISSING),
    )
    return provided(found, facts.need_whole, lambda: need_published(facts))
