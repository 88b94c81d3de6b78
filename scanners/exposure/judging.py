"""What the rules of an exposure audit share: verdicts from the facts, with the evidence that justifies them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import Endpoint, ExposureFacts, Http, Service, Tls
from scanners.exposure.targets import is_private
from scanners.model import Finding, NotAssessable, Scalar, Text, Verdict, judged
from scanners.ssh_offer import Ssh

Evidence = Mapping[str, Scalar]


def exposed(facts: ExposureFacts, *services: str) -> Verdict:
    """Every port of one of these services is a finding; the population is all the open ports."""
    found = facts.endpoints(*services)
    return judged(len(facts.endpoints()), (Finding(endpoint.subject, endpoint.evidence()) for endpoint in found))


def without_access_control(facts: ExposureFacts, *services: str) -> Verdict:
    """Every port of these services that served us without authentication is a finding; see `told`."""
    return told(facts.endpoints(*services), lambda service: service.open_access)


def without_encryption(facts: ExposureFacts, *services: str) -> Verdict:
    """Every port of these services that does not offer encryption is a finding; see `told`."""
    return told(
        facts.endpoints(*services), lambda service: None if service.encrypted is None else not service.encrypted
    )


def trait(service: Service, bad: str, good: str) -> bool | None:
    """Whether a service has the bad trait (True) or the good one (False); None when it did not tell."""
    if bad in service.traits:
        return True
    return False if good in service.traits else None


def about_tls(facts: ExposureFacts, fault: Callable[[Tls], bool | None], shown: Callable[[Tls], Evidence]) -> Verdict:
    """A finding, with what `shown` gives, for each TLS port at fault; see `told`."""
    return _told([(end, fault(tls), shown(tls)) for end, tls in facts.over_tls()])


def about_ssh(facts: ExposureFacts, fault: Callable[[Ssh], bool | None], shown: Callable[[Ssh], Evidence]) -> Verdict:
    """A finding, with what `shown` gives, for each SSH server at fault; see `told`."""
    return _told([(end, fault(offer), shown(offer)) for end, offer in facts.ssh()])


def among_domains(domains: Iterable[Domain], fault: Callable[[Domain], Evidence | None]) -> Verdict:
    """A finding for each domain where `fault` gives evidence; the domains of which it cannot tell stay in doubt."""
    looked_at = tuple(domains)
    found: list[Finding] = []
    unknown: dict[str, Text] = {}
    for domain in looked_at:
        try:
            _is_public(domain)
            evidence = fault(domain)
        except NotAssessable as refusal:
            unknown[domain.name] = refusal.reason
        else:
            found += [Finding(domain.name, evidence)] if evidence is not None else []
    return judged(len(looked_at), found, unknown, next(iter(unknown.values()), None))


def _is_public(domain: Domain) -> None:
    if domain.seen_from_inside():
        raise NotAssessable(
            f"Le serveur DNS interrogé montre la vue interne de {domain.name} ; indiquez dans la cible un résolveur "
            "qui voit la vue publique.",
            f"The DNS server asked shows the inside view of {domain.name}; name in the target a resolver that sees "
            "the public view.",
        )
    must_be_answered(domain, "SOA ")


def must_be_answered(domain: Domain, *questions: str) -> None:
    """NotAssessable when a question that starts so (`MX hopital.fr`) got no answer: what was not read may be there."""
    name = domain.unanswered(*questions)
    if name:
        raise NotAssessable(
            f"Le serveur DNS n’a rien répondu d’utile au sujet de {name} ; vérifiez ce nom, puis relancez l’audit.",
            f"The DNS server gave no useful answer about {name}; check this name, then run the audit again.",
        )


def signatures_unseen(domain: Domain) -> NotAssessable:
    """The refusal of a rule that needs DNSSEC behind a resolver that may strip it."""
    return NotAssessable(
        f"Les signatures de {domain.name}, dont dépend DANE, n’ont pas pu être vérifiées ; indiquez un serveur DNS "
        "qui transmet DNSSEC.",
        f"The signatures of {domain.name}, on which DANE depends, could not be checked; name a DNS server that "
        "passes DNSSEC on.",
    )


def seen_from_outside(endpoints: Iterable[Endpoint], bad: str, good: str) -> Verdict:
    """As `told` with `trait`, except that a private address that serves us tells nothing: we may well be allowed to."""
    ends = tuple(endpoints)
    inside = [end for end in ends if bad in end.service.traits and is_private(end.host.address)]
    verdict = told((end for end in ends if end not in inside), lambda service: trait(service, bad, good))
    if not inside:
        return verdict
    doubt = Text(
        f"{inside[0].subject} est une adresse interne, où l’audit est peut-être autorisé ; refaites-le de "
        "l’extérieur avant de conclure.",
        f"{inside[0].subject} is an inside address, where the audit may be allowed; run it again from outside "
        "before concluding.",
    )
    return judged(len(ends), verdict.findings, (*verdict.unjudged, *(end.subject for end in inside)), doubt)


def among_sites(sites: Iterable[tuple[Endpoint, Http]], fault: Callable[[Http], Evidence | None]) -> Verdict:
    """A finding for each web answer where `fault` gives evidence; the population is all of them."""
    looked_at = tuple(sites)
    found = ((end, fault(http)) for end, http in looked_at)
    return judged(
        len(looked_at), (Finding(end.subject, {**end.evidence(), **evidence}) for end, evidence in found if evidence)
    )


def told(endpoints: Iterable[Endpoint], fault: Callable[[Service], bool | None]) -> Verdict:
    """A finding for each endpoint at fault; those of which `fault` cannot tell (None) stay in doubt."""
    return _told([(end, fault(end.service), end.evidence()) for end in endpoints])


def _told(judgements: Sequence[tuple[Endpoint, bool | None, Evidence]]) -> Verdict:
    unknown = [end.subject for end, wrong, _evidence in judgements if wrong is None]
    findings = [Finding(end.subject, evidence) for end, wrong, evidence in judgements if wrong]
    return judged(len(judgements), findings, unknown, _mute(unknown) if unknown else None)


def _mute(subjects: Sequence[str]) -> Text:
    first = ", ".join(subjects[:3])
    return Text(
        f"{first} n’a pas répondu assez pour en juger ; relancez l’audit ou vérifiez sur place.",
        f"{first} did not answer enough to tell; run the audit again or check on the spot.",
    )


def among(endpoints: Iterable[Endpoint], fault: Callable[[Endpoint], Evidence | None]) -> Verdict:
    """A finding for each endpoint where `fault` gives evidence; the population is all of them."""
    looked_at = tuple(endpoints)
    found = ((endpoint, fault(endpoint)) for endpoint in looked_at)
    return judged(len(looked_at), (Finding(end.subject, evidence) for end, evidence in found if evidence is not None))
