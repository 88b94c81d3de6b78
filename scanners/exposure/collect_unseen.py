"""What an audit did not see, in words: whatever was left unread becomes a gap, never a clean host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanners.exposure.collect_nmap import Scan
from scanners.exposure.facts import Host
from scanners.exposure.gaps import places
from scanners.model import Gap, Text
from scanners.stopping import Stop

_SHOWN = 5


@dataclass
class Unseen:
    """The gaps of one audit, noted from any thread. Once the end was asked for, one gap says it for all the rest."""

    stop: Stop
    gaps: list[Gap] = field(default_factory=list)

    def note(self, section: str, fr: str, en: str, subject: str = "") -> None:
        """A gap in words; with a `subject`, it is about that one only."""
        self.gaps.append(Gap(section, Text(fr, en), truncated=True, subject=subject))

    def connect_only(self) -> None:
        """Nothing was asked, by choice of the profile."""
        fr = "Le profil choisi se contente d’ouvrir une connexion : les services n’ont pas été interrogés."
        self.note("services", fr, "The chosen profile only opens a connection: services were not questioned.")

    def missing(self, scan: Scan) -> None:
        """A scan that was cut short leaves addresses unseen."""
        missing = [str(address) for address in scan.missing()]
        if missing and not self.stop.asked():
            detail = f" ({scan.complaint[:200].strip()})" if scan.complaint else ""
            fr = f"La recherche de ports n’est pas allée au bout{detail} : {_some(missing, 'fr')} ; relancez l’audit."
            en = f"The search for ports did not finish{detail}: {_some(missing, 'en')}; run the audit again."
            self.note("hosts", fr, en)

    def stopped(self, left: Sequence[str]) -> None:
        """The addresses left by an audit that was asked to end."""
        if left and self.stop.asked():
            fr = f"L’audit a été interrompu : {_some(left, 'fr')} ; relancez-le pour elles."
            en = f"The audit was stopped: {_some(left, 'en')}; run it again for them."
            self.note("hosts", fr, en)

    def late(self, address: str, numbers: Sequence[int]) -> None:
        """Open ports of a host that took all of its time."""
        shown = _few(numbers)
        fr = f"{address} répond trop lentement : ports {shown} ouverts mais pas interrogés ({len(numbers)} en tout)."
        en = f"{address} answers too slowly: ports {shown} open but not questioned ({len(numbers)} in all)."
        for place in places(address, numbers):
            self.note("services", fr, en, place)

    def everywhere(self, addresses: Sequence[str]) -> None:
        """Hosts that accept any port."""
        for address in addresses:
            fr = f"{address} répond sur tous les ports : ses services n’ont pas été interrogés."
            self.note("services", fr, f"{address} answers on every port: its services were not questioned.", address)

    def unnamed(self, address: str, numbers: Sequence[int]) -> None:
        """Ports that nmap had not recognised when its time was over."""
        if not self.stop.asked():
            shown = _few(numbers)
            fr = f"{address} : nmap n’a pas fini de reconnaître les services des ports {shown}."
            en = f"{address}: nmap did not finish recognising the services of ports {shown}."
            for place in places(address, numbers):
                self.note("services", fr, en, place)

    def unread(self, place: str, section: str) -> None:
        """What nmap recognises and our own questions could not read."""
        fr = f"{place} : nmap y reconnaît {section}, dont le détail n’a pas pu être lu."
        self.note(section, fr, f"{place}: nmap recognises {section} there, whose details could not be read.", place)

    def unsent(self, address: str, why: Text) -> None:
        """Datagrams that this machine could not send."""
        fr = f"{address} : des questions UDP n’ont pas pu partir ({why.fr}) ; vérifiez la route."
        en = f"{address}: some UDP questions could not be sent ({why.en}); check the route."
        self.note("services", fr, en, address)

    def chosen(self, place: str) -> None:
        """An open port that nobody may question, by choice: what it is stays unknown."""
        fr = f"{place} : rien n’y a été écrit, à la demande de l’établissement ; vérifiez-le sur place."
        en = f"{place}: nothing was written to it, as the establishment asked; check it on the spot."
        self.note("services", fr, en, place)

    def silence(self, hosts: Sequence[Host], route_known: bool) -> None:
        """Nothing at all answered: filtered, switched off or unreachable look the same, and none of them is clean."""
        said = route_known or any(gap.section == "hosts" and not gap.subject for gap in self.gaps)
        if hosts and not said and not any(host.ports or host.closed or host.answers_everything for host in hosts):
            fr = "Aucune adresse n’a répondu, même pour refuser : vérifiez la route et le filtrage, puis relancez."
            en = "No address answered, even to refuse: check the route and the filtering, then run the audit again."
            self.note("hosts", fr, en)


def _few(members: Sequence[object]) -> str:
    return ", ".join(map(str, members[:_SHOWN]))


def _some(addresses: Sequence[str], lang: str) -> str:
    """A few of some addresses with how many they are, and that they were not looked at to the end."""
    shown = _few(addresses) + (", …" if len(addresses) > _SHOWN else "")
    if lang == "fr":
        return f"{shown} ({len(addresses)}) non examinées jusqu’au bout"
    return f"{shown} ({len(addresses)}) not examined to the end"
