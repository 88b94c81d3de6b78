"""Software without security fixes keeps every flaw found since.

Versions announced by headers and banners, against the dated table of `lifecycle.py` and the one imported; builds of a
distribution are judged by the distribution's own end, since it fixes flaws without changing numbers. One finding per
port and name, the oldest end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from scanners.exposure.facts import Endpoint, ExposureFacts
from scanners.exposure.lifecycle import End, components, end_of, ends_of
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that announce software past its end on the day of the collection."""
    ends, day = ends_of(facts.lifecycle), facts.collected_at.date()
    seen = [found for own in facts.endpoints() for found in _everywhere(own, ends, day)]
    oldest = sorted(seen, key=lambda item: item[1].day)
    return judged(len(facts.endpoints()), (Finding(end.subject, _evidence(ended)) for end, ended in oldest))


def _everywhere(own: Endpoint, ends: Sequence[End], day: date) -> Iterator[tuple[Endpoint, End]]:
    """What a port announces, and what it announces besides under its further names."""
    known = _ended(own, ends, day)
    yield from ((own, ended) for ended in known)
    for site in own.sites()[1:]:
        yield from ((site, ended) for ended in _ended(site, ends, day) if ended not in known)


def _ended(endpoint: Endpoint, ends: Sequence[End], day: date) -> list[End]:
    known = (end_of(product, version, ends) for product, version in components(endpoint))
    return [end for end in known if end is not None and end.day < day]


def _evidence(end: End) -> dict[str, Scalar]:
    return {"software": f"{end.product} {end.prefix}", "ended_on": end.day.isoformat(), "source": end.source}


RULE = Rule(
    id="exposure.end_of_life_software",
    title=Text(
        "Logiciel en fin de vie",
        "End-of-life software",
    ),
    message=Text(
        "{subject} annonce {software}, sans correctif de sécurité depuis le {ended_on}.",
        "{subject} announces {software}, without security fixes since {ended_on}.",
    ),
    remediation=Text(
        "Mettez à jour vers une version maintenue ; d’ici là, retirez le service d’Internet ou filtrez-le.",
        "Update to a maintained version; until then, take the service off the Internet or filter it.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:35", "anssi-hygiene:34", "attack:T1190", "cwe:1104"),
    check=check,
    reads=("hosts", "services", "http"),
)
