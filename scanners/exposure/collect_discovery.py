"""Names of the establishment that nobody listed, each resolved once and held to the mandate before anything else.

A name is found in a file, a zone transfer, the DNS records of the domains, the reverse of an address, a certificate, or
by trying usual words. Where the domain answers to any name (a wildcard), a word that leads where any other does proves
nothing and is dropped. A name that leads outside is reported and never contacted; inside, its address is pinned: what
is scanned is the address that was checked, whatever the name says later. The address behind a name that is excluded is
spared, whatever else leads there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from scanners.exposure.collect_dns import Location, Resolver, State, together
from scanners.exposure.collect_domains import Inside, answers_any_name
from scanners.exposure.collect_names import unknown_place
from scanners.exposure.domain_facts import MAX_FOUND, FoundName, NameOrigin
from scanners.exposure.targets import Address, is_name
from scanners.exposure.usual_names import USUAL_NAMES
from scanners.model import Gap, Text

MAX_REVERSE = 4096
"""Addresses whose reverse name is asked for (ours: a /20; where nobody answers for them, each costs seconds)."""
_SHOWN = 5


@dataclass
class Discovery:
    """The names found so far, the first source of each kept, and the addresses inside that they lead to.

    `absent` are the names of former audits that have no address any more. `avoided` says which names are excluded,
    `spared` gives the addresses that they lead to.
    """

    resolver: Resolver
    inside: Inside
    domains: Collection[str]
    names: dict[str, FoundName] = field(default_factory=dict)
    pinned: dict[Address, list[str]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    absent: dict[str, None] = field(default_factory=dict)
    unanswered: dict[str, None] = field(default_factory=dict)
    avoided: Callable[[str], bool] = lambda _: False
    spared: dict[Address, list[str]] = field(default_factory=dict)

    def add(self, names: Iterable[str], source: NameOrigin) -> None:
        """Resolve names that are not known yet, and keep those that exist. Those of no known domain are passed over.

        MandateError when an excluded one cannot be resolved while its address can still be spared.
        """
        new = [name for name in dict.fromkeys(names) if self._is_ours(name) and name not in self.names]
        room = max(0, MAX_FOUND - len(self.names))
        if len(new) > room:
            fr = f"Plus de {MAX_FOUND} noms trouvés : {len(new) - room} n’ont pas été examinés ; découpez l’audit."
            en = f"Over {MAX_FOUND} names found: {len(new) - room} were not examined; split the audit."
            self.gaps.append(Gap("names", Text(fr, en), truncated=True))
        for place in together(self.resolver.locate, new[:room]):
            self._keep(place, source)

    def try_words(self) -> tuple[str, ...]:
        """Try the usual words under each domain; the domains that answer to any name."""
        wild: dict[str, tuple[Address, ...]] = {}
        for domain in self.domains:
            anyone = answers_any_name(self.resolver, domain)
            if anyone:
                wild[domain] = anyone
            words = [f"{word}.{domain}" for word in USUAL_NAMES if f"{word}.{domain}" not in self.names]
            for place in together(self.resolver.locate, words):
                if place.state is State.FAILED:
                    self.unanswered[place.name] = None
                elif set(place.addresses) - set(anyone) or (place.alias and not anyone):
                    self._keep(place, NameOrigin.WORDLIST)
        return tuple(wild)

    def ask_reverse(self, addresses: Iterable[Address]) -> None:
        """The names that addresses say they have; kept when the name leads back to an address of ours."""
        every = list(addresses)
        asked, passed_over = every[:MAX_REVERSE], len(every) - MAX_REVERSE
        if passed_over > 0:
            fr = f"Plus de {MAX_REVERSE} adresses : noms inverses non demandés pour {passed_over} ; découpez la cible."
            en = f"Over {MAX_REVERSE} addresses: reverse names not asked for, for {passed_over}; split the target."
            self.gaps.append(Gap("names", Text(fr, en), truncated=True))
        self.add((name for name in together(self.resolver.reverse, asked) if is_name(name)), NameOrigin.REVERSE)

    def ask_again(self, names: Iterable[str]) -> None:
        """Names that former audits found, whatever led to them then: only who asks learns that they are gone."""
        self.add(names, NameOrigin.KNOWN)

    def _is_ours(self, name: str) -> bool:
        return is_name(name) and any(name == domain or name.endswith(f".{domain}") for domain in self.domains)

    def _keep(self, place: Location, source: NameOrigin) -> None:
        spared = self.avoided(place.name) or bool(place.alias and self.avoided(place.alias))
        if place.state is State.FAILED:
            if spared and source is not NameOrigin.CERTIFICATE and not self.resolver.ended():
                raise unknown_place(place.name)
            self.unanswered[place.name] = None
            return
        gone = place.nowhere
        if not place.addresses and not gone:
            if source is NameOrigin.KNOWN:
                self.absent[place.name] = None
            return
        for address in place.addresses if spared else ():
            self.spared.setdefault(address, []).extend(filter(None, (place.name, place.alias)))
        allowed = [address for address in place.addresses if not spared and self.inside(place.name, address)]
        for address in allowed:
            self.pinned.setdefault(address, []).append(place.name)
        outside = tuple(str(address) for address in place.addresses if address not in allowed)
        self.names[place.name] = FoundName(
            place.name, source, tuple(str(address) for address in allowed), outside, place.alias, gone
        )

    def take_gaps(self) -> list[Gap]:
        """What could not be found out since the last time: a gap for each name left without an answer.

        One for all of them when they are many: then the resolver is in trouble, not a name.
        """
        taken, names = self.gaps, tuple(self.unanswered)
        self.gaps, self.unanswered = [], {}
        if names:
            some = ", ".join(names[:_SHOWN]) + (f", … ({len(names)})" if len(names) > _SHOWN else "")
            fr = f"Le serveur DNS n’a pas répondu au sujet de {some} ; relancez l’audit."
            en = f"The DNS server did not answer about {some}; run the audit again."
            about = names if len(names) <= _SHOWN else ("",)
            taken += [Gap("names", Text(fr, en), truncated=True, subject=name) for name in about]
        return taken
