"""Names what answers on one open port with as few and as harmless words as possible."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace

from scanners.exposure import collect_dialogues as dialogues
from scanners.exposure import collect_http as web
from scanners.exposure.collect_ssh import audited
from scanners.exposure.collect_starttls import STARTTLS
from scanners.exposure.collect_tls import (
    Posture,
    Trust,
    handshake_chain,
    lenient_context,
    machine_trust,
    shown_chain,
    speaks_tls,
)
from scanners.exposure.collect_wire import ANSWER_SECONDS, Reach, Wire
from scanners.exposure.facts import Http, Port, Service, Tls, clean
from scanners.exposure.ports import (
    ASKABLE,
    CERTIFICATES,
    CLIENT_FIRST,
    GREETING_PORTS,
    INSIDE_TLS,
    PRODUCTS,
    SILENT_PORTS,
    TLS_FIRST,
)
from scanners.exposure.subjects import written
from scanners.model import Gap, Text

_GREETING_SECONDS = 0.7
"""How long a server that usually waits for us is given to speak first."""
_SLOW_GREETING_SECONDS = 4.0
_LISTEN_SECONDS = 0.4
_TLS_RECORDS = (b"\x15\x03", b"\x16\x03")


class Identification:
    """One port being identified. `gaps` tells what could not be read of it, `refused` that it speaks TLS and takes no
    connection under this name.

    Certificates are checked against `authorities`, those of this machine when none are given.
    """

    def __init__(self, reach: Reach, connect_only: bool = False, authorities: Trust | None = None) -> None:
        self._reach = reach
        self._authorities = authorities
        self._silent = connect_only or reach.mute
        self.gaps: list[Gap] = []
        self.refused = False

    def run(self) -> Port:
        """The port with what was learnt; a port that stays silent or breaks off is returned unnamed."""
        for attempt in self._attempts():
            try:
                found = attempt()
            except OSError:
                continue
            if found is not None:
                return self._with_starttls(self._with_ssh_audit(found))
        return self._deduced()

    def _attempts(self) -> Sequence[Callable[[], Port | None]]:
        """What is tried, in order; of a controller, only the question that was allowed."""
        if self._silent:
            return (self._listen,)
        if self._reach.port in SILENT_PORTS:
            return (self._open, self._listen)
        if self._reach.port in TLS_FIRST:
            return (self._tls, self._open, self._speak)
        return (self._open, self._speak, self._tls)

    def ask(self, protocol: str) -> Port | None:
        """The port when it answers to the first question of a protocol; None when it does not, or none is known.

        A controller on a number that is not its own cannot have been allowed: it is not asked either.
        """
        if protocol == "http":
            return self._page()
        opening = dialogues.OPENINGS.get(protocol)
        if opening is None or (protocol in ASKABLE and self._reach.port not in SILENT_PORTS):
            return None
        with self._reach.call() as wire:
            service = opening(wire)
        if protocol == "smb":
            service = self._with_smb1(service)
        if service is None:
            return None
        if protocol == "ipp":
            return self._with_page(service)
        return self._with_starttls(self._port(service))

    def _with_page(self, service: Service) -> Port:
        """A printer with the page it shows on the same port, if any."""
        try:
            page = self._speak()
        except OSError:
            page = None
        return replace(page or self._port(service), service=service)

    def _deduced(self, banner: str = "") -> Port:
        """The port with the name its number suggests, for want of an answer."""
        return self._port(Service(SILENT_PORTS.get(self._reach.port, ""), banner=banner, source="port"))

    def _listen(self) -> Port:
        """Connect and listen without ever writing: interface engines, controllers, printers."""
        with self._reach.call() as wire:
            return self._deduced(clean(wire.receive(seconds=_LISTEN_SECONDS, limit=1024)))

    def _open(self) -> Port | None:
        """Ask the question its number suggests, if any."""
        return self.ask(CLIENT_FIRST.get(self._reach.port, ""))

    def _with_smb1(self, service: Service | None) -> Service | None:
        """What is known of an SMB server, with whether it takes version 1: some old devices know nothing else."""
        with self._reach.call() as wire:
            accepted = dialogues.smb1(wire)
        if service is None:
            return Service("smb", "SMB", "1", traits=("smb1",)) if accepted else None
        return replace(service, traits=(*service.traits, "smb1" if accepted else "smb1_refused"))

    def _speak(self) -> Port | None:
        """Wait for a greeting; when none comes, ask for a web page on the same connection."""
        patience = _SLOW_GREETING_SECONDS if self._reach.port in GREETING_PORTS else _GREETING_SECONDS
        with self._reach.call() as wire:
            greeting = wire.receive(seconds=patience, limit=4096)
            if greeting:
                return self._greeted(wire, greeting)
            answer = web.get(wire, self._host())
        return self._shown(answer)

    def _page(self) -> Port | None:
        """The page asked for alone, with all the patience there is: some make it on demand, for several seconds."""
        with self._reach.call() as wire:
            answer = web.get(wire, self._host(), patience=web.PAGE_SECONDS)
        return self._shown(answer)

    def _shown(self, answer: bytes) -> Port | None:
        page = web.parse(answer)
        if page is None or "HTTPS port" in page.text or answer[:2] in _TLS_RECORDS:
            return None
        return self._web(page, None)

    def _greeted(self, wire: Wire, greeting: bytes) -> Port | None:
        answer = dialogues.by_greeting(wire, greeting)
        if answer is None:
            return self._port(Service(banner=clean(greeting)))
        if answer.service.name == "ssh" and answer.ssh is None:
            self._gap("ssh", "l’échange SSH s’est interrompu", "the SSH exchange broke off")
        return replace(self._port(answer.service), ssh=answer.ssh)

    def _with_ssh_audit(self, port: Port) -> Port:
        """The port with the keys and groups of its SSH server; a server of version 1 alone has none to show."""
        if port.ssh is None or not port.ssh.key_exchanges:
            return port
        ssh = audited(self._reach, port.ssh)
        if not ssh.audited:
            self._gap("ssh", "ssh-audit n’a pas pu lire ses clés", "ssh-audit could not read its keys")
        return replace(port, ssh=ssh)

    def _tls(self) -> Port | None:
        """A handshake, then what speaks inside it, then the versions and suites the port accepts."""
        inner, chain = self._inside_tls()
        if inner is None and not chain and not speaks_tls(self._reach):
            return None
        port = inner or self._port(Service(name="tls"))
        tls = self._posture(self._reach, chain)
        if port.service.name == "tls" and tls.certificate is not None:
            port = replace(port, service=_owner(port.service, tls.certificate.subject))
        if inner is None and chain and port.service.name == "tls":
            section = "services" if port.number in GREETING_PORTS or port.number in INSIDE_TLS else "http"
            fr = "rien n’a répondu à l’intérieur de TLS ; relancez l’audit ou vérifiez-le sur place"
            self._gap(section, fr, "nothing answered inside TLS; run the audit again or check it on the spot")
        return replace(port, tls=tls)

    def _with_starttls(self, port: Port) -> Port:
        """The port with the TLS it offers inside its own protocol, when it does."""
        opening = STARTTLS.get(port.service.name)
        if port.tls is not None or not port.service.encrypted or opening is None:
            return port
        reach = Reach(self._reach.address, self._reach.port, self._reach.pace, self._reach.name, opening)
        try:
            chain = handshake_chain(reach)
        except OSError:
            chain = ()
        return replace(port, tls=self._posture(reach, chain, port.service.name))

    def _posture(self, reach: Reach, chain: tuple[bytes, ...], started_by: str = "") -> Tls:
        posture = Posture(reach, chain, self._authorities or machine_trust(), started_by)
        tls = posture.read()
        if not (chain or tls.versions or posture.broken):
            self._tell_refusal(reach, started_by)
            return tls
        if tls.certificate is None:
            self._gap("tls", "le certificat n’a pas pu être lu", "the certificate could not be read")
        if posture.broken or not tls.versions:
            fr = "les versions et les suites de TLS n’ont pas pu être toutes lues"
            self._gap("tls", fr, "not all TLS versions and suites could be read")
        return tls

    def _tell_refusal(self, reach: Reach, started_by: str) -> None:
        """Greetings were answered, and all refused: a relay that only knows its own names, most of the time."""
        self.refused = not started_by
        fr, en = (
            (f"sous le nom {reach.name}", f"under the name {reach.name}")
            if reach.name
            else ("sans nom", "without a name")
        )
        page = not started_by and reach.port not in GREETING_PORTS and reach.port not in INSIDE_TLS
        for section in ("tls", "http") if page else ("tls",):
            self._gap(
                section,
                f"il parle TLS et refuse toute connexion {fr}, sans doute parce qu’il exige un nom qu’il connaît ; "
                "ajoutez à la cible un nom qu’il sert, puis relancez l’audit",
                f"it speaks TLS and refuses any connection {en}, probably because it wants a name that it knows; add "
                "to the target a name that it serves, then run the audit again",
            )

    def _inside_tls(self) -> tuple[Port | None, tuple[bytes, ...]]:
        """What speaks inside TLS, None when nothing did, and the certificates shown."""
        chain: tuple[bytes, ...] = ()
        try:
            with self._reach.call() as wire:
                chain = shown_chain(wire.start_tls(lenient_context(), self._reach.name))
                found = self._speak_inside(wire)
                if found is None and wire.heard:
                    found = self._port(Service(name="tls"))
        except OSError:
            return None, chain
        if found is not None and found.http is not None:
            # Only now: who follows a redirection waits for a turn, and would wait for its own for ever.
            found = self._web(found.http, lenient_context())
        return found, chain

    def _speak_inside(self, wire: Wire) -> Port | None:
        if self._reach.port in GREETING_PORTS:
            greeting = wire.receive(seconds=_SLOW_GREETING_SECONDS, limit=4096)
            found = self._greeted(wire, greeting) if greeting else None
            return replace(found, service=replace(found.service, encrypted=True)) if found else None
        if self._reach.port in INSIDE_TLS:
            service = dialogues.OPENINGS[INSIDE_TLS[self._reach.port]](wire)
            return self._port(replace(service, encrypted=True)) if service else None
        page = web.parse(web.get(wire, self._host(), patience=web.PAGE_SECONDS))
        return replace(self._port(Service("http")), http=page) if page is not None else None

    def _web(self, page: Http, context: ssl.SSLContext | None) -> Port:
        def fetch(path: str, patience: float = ANSWER_SECONDS) -> bytes:
            try:
                with self._reach.call() as wire:
                    if context is not None:
                        wire.start_tls(context, self._reach.name)
                    return web.get(wire, self._host(), path, patience)
            except OSError:
                return b""

        def follow(path: str) -> bytes:
            answer = fetch(path, web.PAGE_SECONDS)
            if not answer:
                fr = "la page vers laquelle il redirige n’a pas répondu"
                self._gap("http", fr, "the page it redirects to did not answer")
            return answer

        scheme = "https" if context is not None else "http"
        page = web.with_doors(web.follow(page, f"{scheme}://{self._host()}", follow), fetch)
        product, _, version = page.header("server").partition("/")
        service = Service("http", product, version, page.header("server"), encrypted=context is not None)
        return replace(self._port(service), http=page)

    def _host(self) -> str:
        reach = self._reach
        host = reach.name or (f"[{reach.address}]" if ":" in reach.address else reach.address)
        return host if reach.port in {80, 443} else f"{host}:{reach.port}"

    def _port(self, service: Service) -> Port:
        return Port(self._reach.port, service)

    def _gap(self, section: str, fr: str, en: str) -> None:
        place = written(self._reach.address, self._reach.port)
        self.gaps.append(Gap(section, Text(f"{place} : {fr}.", f"{place}: {en}."), truncated=True, subject=place))


def _owner(service: Service, subject: str) -> Service:
    """A service whose certificate bears the name of its product, by which it is known."""
    found = next((product for product in CERTIFICATES if CERTIFICATES[product].search(subject)), "")
    return replace(service, name=found, product=PRODUCTS[found], banner=subject) if found else service
