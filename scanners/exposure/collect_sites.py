"""Web ports asked again: under each further name of the host, under an invented name, and for their security.txt.

Every question goes to the address that was checked; the name is only announced (Host and SNI).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanners.exposure import collect_http as web
from scanners.exposure.collect_tls import lenient_context, read_certificate
from scanners.exposure.collect_wire import Pace, Reach
from scanners.exposure.facts import INVENTED_NAME, Certificate, Endpoint, Host, Http, Port, Site
from scanners.model import Gap, Text

MAX_SITES = 100
"""Names asked of one address."""


class SiteQuestions:
    """The web ports of one host, asked further. `gaps` tells what could not be read.

    `own` is the name under which the ports themselves were asked, the first of the host when None; empty: none.
    """

    def __init__(self, host: Host, pace: Pace, own: str | None = None) -> None:
        self._host, self._pace = host, pace
        self._own = next(iter(host.names), "") if own is None else own
        self.gaps: list[Gap] = []

    def run(self) -> Host:
        """The host with what its web ports say under each of its names."""
        names = self._host.names
        if not any(port.http for port in self._host.ports):
            return self._host
        if len(names) > MAX_SITES:
            place = f"{self._host.address} ({len(names)})"
            fr = f"{place} : seuls {MAX_SITES} noms ont été interrogés ; découpez l’audit."
            en = f"{place}: only {MAX_SITES} names were questioned; split the audit."
            self.gaps.append(Gap("http", Text(fr, en), truncated=True, subject=self._host.address))
        return replace(self._host, ports=tuple(self._asked(port) for port in self._host.ports))

    def _asked(self, port: Port) -> Port:
        if port.http is None:
            return port
        page = self._completed(port, self._own_of(port), port.http)
        if page.redirects:
            page = replace(page, invented=self._invented(port))
        return replace(port, http=page, sites=tuple(self._sites(port)))

    def _own_of(self, port: Port) -> str:
        return port.asked_as or self._own

    def _sites(self, port: Port) -> Iterator[Site]:
        further = [name for name in self._host.names[:MAX_SITES] if name != self._own_of(port)]
        for name in further:
            try:
                page, certificate = self._page(port, name)
            except OSError:
                page, certificate = None, None
            if page is None:
                place = Endpoint(self._host, port).subject
                fr = f"{place} n’a pas répondu sous le nom {name} ; relancez l’audit."
                en = f"{place} did not answer under the name {name}; run the audit again."
                site = Endpoint(self._host, port, name).subject
                self.gaps.append(Gap("http", Text(fr, en), truncated=True, subject=site))
            else:
                yield Site(name, self._completed(port, name, page), certificate)

    def _page(self, port: Port, name: str) -> tuple[Http | None, Certificate | None]:
        certificate: Certificate | None = None
        with Reach(self._host.address, port.number, self._pace, name).call() as wire:
            if port.tls is not None:
                session = wire.start_tls(lenient_context(), name)
                certificate = read_certificate(session.getpeercert(binary_form=True))
            page = web.parse(web.get(wire, _host_header(port, name), patience=web.PAGE_SECONDS))
        if page is None:
            return None, certificate

        def fetch(path: str) -> bytes:
            return self._fetch(port, name, path)

        return web.with_doors(web.follow(page, _origin(port, name), fetch), fetch), certificate

    def _completed(self, port: Port, name: str, page: Http) -> Http:
        """The page with the security contact of a named HTTPS site."""
        if not name or port.tls is None or page.security_text is not None:
            return page
        answer = web.landing(web.SECURITY_PATH, _origin(port, name), lambda path: self._fetch(port, name, path))
        return replace(page, security_text=web.read_security_text(answer) if answer else None)

    def _invented(self, port: Port) -> str | None:
        answer = self._fetch(port, INVENTED_NAME, "/")
        page = web.parse(answer)
        return page.location if page is not None else None

    def _fetch(self, port: Port, name: str, path: str) -> bytes:
        try:
            with Reach(self._host.address, port.number, self._pace, name).call() as wire:
                if port.tls is not None:
                    wire.start_tls(lenient_context(), name)
                return web.get(wire, _host_header(port, name), path)
        except OSError:
            return b""


def _origin(port: Port, name: str) -> str:
    return f"{'https' if port.tls is not None else 'http'}://{_host_header(port, name)}"


def _host_header(port: Port, name: str) -> str:
    return name if port.number in {80, 443} else f"{name}:{port.number}"
