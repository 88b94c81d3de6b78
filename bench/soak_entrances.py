"""The readers of foreign input, each with valid examples to damage."""

from __future__ import annotations

import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from argon2 import PasswordHasher
from pydantic import TypeAdapter

from bench.finess_import import synthetic
from bench.soak_fuzz import Entrance, damaged_archive, damaged_form
from care import config
from care.adapters.passwords import Argon2Passwords
from care.domain.access import machine_scope
from care.services.errors import ServiceError
from care.services.finess import import_extract
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.web import create_app
from care.wiring import build_platform
from scanners.ad.descriptors import DescriptorReader
from scanners.ad.ldap import collect_ber as ber
from scanners.ad.ldap.collect_dump import PagedReader, Search
from scanners.ad.ldap.collect_errors import BrokenAnswer
from scanners.ad.sources.collect_table import TableBuilder
from scanners.ad.subjects.certificates import weakness
from scanners.archive import Manifest, format_of, parse_archive, write_archive
from scanners.backup.plan import parse_plan
from scanners.collect import Context
from scanners.errors import SaidError
from scanners.exposure import collect_http
from scanners.exposure.collect_dialogues import read_kexinit
from scanners.exposure.collect_tls import read_certificate
from scanners.exposure.mandate import parse_mandate
from scanners.exposure.read_nmap import read_nmap
from scanners.exposure.targets import parse_ports, parse_targets
from scanners.imported.model import ReportError, Tool
from scanners.imported.read import read_report
from scanners.model import Status
from scanners.read_yaml import load_mapping
from scanners.remote_access.assembly import Visit, assemble
from scanners.remote_access.read_frames import parse_report
from scanners.remote_access.read_register import read_register
from scanners.result import as_json, judge
from scanners.tls_hello import server_choice
from scanners.workstations.collect import Request, collect
from tests.support.people import plant_hospitals
from tests.unit.ad import specimens as ad
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.test_dump import Wire, done, entry
from tests.unit.backup import specimens as backup
from tests.unit.exposure import specimens as exposure
from tests.unit.exposure.test_read_nmap import HEAD, HOST, TAIL
from tests.unit.imported.files import TOOLS
from tests.unit.imported.files import content as sample
from tests.unit.remote_access import specimens as remote_access
from tests.unit.remote_access import test_readers as recorded
from tests.unit.workstations import specimens as workstations
from tests.unit.workstations.test_collect import CONSOLE, GLPI
from tests.web.people import plant_people
from tests.web.seeds import SpecimenCollect, plant_audits

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPECIMENS = {
    "ad": ad,
    "backup": backup,
    "exposure": exposure,
    "remote_access": remote_access,
    "workstations": workstations,
}
MANDATE = """authorised_by: Jeanne Roux
role: Directrice
reference: Note 12
scope: [203.0.113.0/24, "*.hopital.fr", "2001:db8::/120"]
excluded: [203.0.113.7]
valid_from: 2026-01-01
valid_to: 2026-12-31
hours: 20:00-06:00
timezone: Europe/Paris
"""
ANSWERS = """establishment: Hôpital de la Vallée
isolated: [PC-IRM-01, SRV-OLD]
settings: {stale_days: 45}
"""
REGISTER = """fournisseur;équipement;passerelle;compte;palier;double authentification;date de fin
Imagex;IRM 1,5 T;bastion.hopital.test;tm_imagerie;2;oui;31/12/2026
GTB SA;Ascenseurs;bastion.hopital.test;tm_gtb;1;non;2025-01-02
"""


@contextmanager
def entrances() -> Iterator[tuple[Entrance, ...]]:
    """Every entrance; some need a folder and a database, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="care-fuzz-") as name:
        folder = Path(name)
        built = build_platform(config.load({"CARE_DATA_DIR": name}, folder))
        cheap = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        platform = replace(built, passwords=cheap, collect=SpecimenCollect())
        prepare_database(platform)
        try:
            read = (*_archives(folder), *_directory(), *_network(), *_written(), *_imported())
            yield (*read, _finess(platform), *_forms(platform))
        finally:
            platform.doorbell.close()
            platform.database.close()


def _archives(folder: Path) -> Iterator[Entrance]:
    for scanner, specimens in SPECIMENS.items():
        examples = tuple(_archived(folder, scanner, facts) for facts in (specimens.BROKEN, specimens.HEALTHY))
        yield Entrance(f"facts archive, {scanner}", examples, _judged, (SaidError,), damaged_archive)


def _archived(folder: Path, scanner: str, facts: Any) -> bytes:  # noqa: ANN401 - facts of any scanner
    moment = NOW.isoformat()
    path = folder / f"{scanner}.care"
    write_archive(path, Manifest(scanner, format_of(scanner).schema, "specimen", moment, moment, "soak"), facts)
    return path.read_bytes()


def _judged(content: bytes) -> None:
    """An archive that is accepted must be judged and written without any rule breaking."""
    result = judge(parse_archive(content, "f.care"))
    as_json(result, "fr")
    broken = [outcome for outcome in result.outcomes if outcome.status is Status.ERROR]
    if broken:
        raise RuntimeError(f"{len(broken)} rules in error, first {broken[0].rule.id}: {broken[0].reason}")


def _imported() -> Iterator[Entrance]:
    """Results of other tools; whether the file is its tool's own is part of the question."""
    for name, tool in TOOLS.items():

        def _read(raw: bytes, tool: Tool = tool) -> None:
            read_report(tool, io.BytesIO(raw), at=NOW)

        yield Entrance(f"result of another tool, {name}", (sample(name),), _read, (ReportError,))


def _directory() -> Iterator[Entrance]:
    sid = "S-1-5-21-1-2-3-512"
    guid = "bf9679c0-0de6-11d0-a285-00aa003049e2"
    raw = descriptor(sid, [Ace("S-1-5-11", 0x40000), Ace(sid, 0x20, guid=guid), Ace("S-1-1-0", 0x100)])
    user = {
        "objectClass": [b"top", b"person", b"user"],
        "sAMAccountName": [b"svc_sauvegarde"],
        "userAccountControl": [b"66048"],
        "pwdLastSet": [b"133000000000000000"],
        "nTSecurityDescriptor": [raw],
        "member;range=0-1499": [b"CN=a,DC=h", b"CN=b,DC=h"],
        "servicePrincipalName": [b"MSSQLSvc/sql:1433"],
        "description": ["mot de passe : été".encode()],
    }
    page = entry(1000, "CN=svc,DC=h", user) + entry(1000, "CN=autre,DC=h", {"objectClass": [b"top"]})
    yield Entrance(
        "LDAP messages", (page + done(1000), page + done(1000, b"more") + done(1001)), _dumped, (BrokenAnswer,)
    )
    yield Entrance("security descriptors", (raw, descriptor(sid, [])), _described, (ValueError,))
    yield Entrance("certificates", (ad.BROKEN_KEY, ad.WEAK), _certificates)


def _dumped(content: bytes) -> None:
    table = TableBuilder()
    PagedReader(Wire(content, 4096), 10).dump(Search("DC=h", ber.present("objectClass"), ["cn"]), table.add)


def _described(content: bytes) -> None:
    reader = DescriptorReader()
    reader.add(content)
    reader.table()
    reader.trustees(content)


def _certificates(content: bytes) -> None:
    weakness(content)
    read_certificate(content)


def _network() -> Iterator[Entrance]:
    lists = b"".join(len(names).to_bytes(4, "big") + names for names in (b"curve25519-sha256,x", b"ssh-rsa") * 4)
    kexinit = b"\x00\x00\x01\x00\x04\x14" + bytes(16) + lists
    hello = b"\x16\x03\x03\x00\x2c\x02\x00\x00\x28\x03\x03" + bytes(32) + b"\x00\xc0\x2f\x00\x00\x00"
    page = b"HTTP/1.1 302 Found\r\nServer: nginx/1.18\r\nLocation: /login\r\nContent-Length: 40\r\n\r\n<title>A</title>"
    yield Entrance(
        "nmap XML",
        (HEAD + HOST + TAIL, HEAD + HOST + HOST + TAIL),
        lambda raw: read_nmap(io.BytesIO(raw)),
        (SaidError,),
    )
    yield Entrance("SSH, TLS and HTTP answers", (kexinit, hello, page), _answers)
    report = recorded.RECORDED.encode()
    yield Entrance("collector of the bastion", (report,), _bastion)


def _answers(content: bytes) -> None:
    read_kexinit(content, "2.0")
    server_choice(content)
    collect_http.whole(content)
    first = collect_http.parse(content)
    if first is not None:
        collect_http.follow(first, "https://portail.hopital.fr/", lambda _path: content)


def _bastion(content: bytes) -> None:
    register = read_register(REGISTER, "registre.csv")
    visit = Visit(NOW, "127.77.3.1", "care-audit", as_root=True, register=register)
    assemble(parse_report(content.decode("utf-8", "replace")), visit)


def _written() -> Iterator[Entrance]:
    plan = yaml.safe_dump(_plain(backup.PLAN), allow_unicode=True).encode()
    lines = b"192.0.2.7\n192.0.2.0/28\nwww.hopital.fr # portail\n2001:db8::1\n"
    yield Entrance(
        "plan of backups, YAML", (plan,), lambda raw: parse_plan(load_mapping(_text(raw), "p"), "p"), (SaidError,)
    )
    yield Entrance("mandate, YAML", (MANDATE.encode(),), _mandate, (SaidError,))
    yield Entrance(
        "answers, YAML", (ANSWERS.encode(),), lambda raw: _park(answers=load_mapping(_text(raw), "a")), (SaidError,)
    )
    yield Entrance(
        "register of accesses, CSV", (REGISTER.encode(),), lambda raw: read_register(_text(raw), "r"), (SaidError,)
    )
    yield Entrance("inventory, CSV", (GLPI.encode(),), lambda raw: _park(inventory_csv=_text(raw)), (SaidError,))
    yield Entrance("EDR export, CSV", (CONSOLE.encode(),), lambda raw: _park(edr_csv=_text(raw)), (SaidError,))
    yield Entrance("targets", (lines,), lambda raw: parse_targets(_text(raw).splitlines()), (SaidError,))
    yield Entrance("ports", (b"22,80,8000-8100",), lambda raw: parse_ports(_text(raw)), (SaidError,))


def _text(raw: bytes) -> str:
    """As files are decoded at the door: what is not UTF-8 becomes U+FFFD."""
    return raw.decode("utf-8", "replace")


def _plain(plan: Any) -> dict[str, Any]:  # noqa: ANN401 - a plan in the scanner's own type
    written: dict[str, Any] = TypeAdapter(type(plan)).dump_python(plan, mode="json")
    return written


def _mandate(raw: bytes) -> None:
    mandate = parse_mandate(load_mapping(_text(raw), "m"))
    mandate.covers("www.hopital.fr", NOW)
    parse_mandate(mandate.to_mapping())


def _park(**given: Any) -> None:  # noqa: ANN401 - fields of a request
    collect(Request(**given), Context({}, lambda _share, _text: None, NOW))


def _finess(platform: Platform) -> Entrance:
    extract = "".join(synthetic(12)).encode()
    scope = machine_scope("soak")

    def read(raw: bytes) -> None:
        import_extract(platform, scope, "extrait.csv", io.BytesIO(raw), accept_smaller=True)

    return Entrance("FINESS extract", (extract,), read, (ServiceError,))


def _forms(platform: Platform) -> Iterator[Entrance]:
    """Forms of the web, sent by who may fill them; an answer of 500 or above is a fault."""
    hospitals = plant_hospitals(platform)
    seeds = plant_audits(platform, hospitals.valley)
    people = plant_people(platform, hospitals)
    app = create_app(platform, platform.settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    here = f"/establishments/{hospitals.valley}"

    def form(path: str, who: str, *filled: dict[str, object]) -> Entrance:
        client = app.test_client()
        if who:
            client.set_cookie("care_session", people.token(who))

        def send(raw: bytes) -> None:
            caller = f"10.{zlib.crc32(raw) % 250}.{len(raw) % 250}.7"  # many callers: none is slowed down
            answer = client.post(
                path,
                data=raw,
                content_type="application/x-www-form-urlencoded",
                environ_base={"REMOTE_ADDR": caller},
            )
            if answer.status_code >= 500:
                raise RuntimeError(f"{path} answered {answer.status_code}")

        return Entrance(
            f"form {path.removeprefix(here)}", tuple(urlencode(one).encode() for one in filled), send, (), damaged_form
        )

    reader = app.test_client()
    reader.set_cookie("care_session", people.token("ciso"))

    def look(raw: bytes) -> None:
        path = raw.decode("utf-8", "replace").lstrip("/")
        answer = reader.get(f"/{path}")
        if answer.status_code >= 500:
            raise RuntimeError(f"/{path} answered {answer.status_code}")

    asked = "words=a&severity=high&severity=low&state=open&target=1&run=1&page=2&rule=ad.x&sort=subject&order=asc"
    pages = (
        f"{here}/findings?{asked}",
        f"{here}/runs/{seeds.runs[0]}",
        f"{here}/targets/{seeds.backup}",
        "/establishments?q=val&region=1&ght=1&page=2",
        "/rules?scanner=ad&q=x",
        "/rules/ad.krbtgt",
        f"{here}/runs?page=1",
        f"{here}/campaigns/{seeds.campaign}",
        "/accounts/1",
        f"{here}/findings/1",
    )
    yield Entrance("addresses of pages", tuple(page.encode() for page in pages), look)
    plan = yaml.safe_dump(_plain(backup.PLAN), allow_unicode=True)
    common = {"name": "Cible", "password": "motsecret!"}
    yield form("/sign-in?next=/rules", "", {"login": "ciso", "password": "non"}, {"login": "x" * 40, "password": "é"})
    yield form("/language", "", {"lang": "en", "next": "/rules"})
    yield form(f"{here}/targets/new/ad", "ciso", {**common, "server": "ldaps://dc1.h.fr", "user": "a@h.fr", "ca": "x"})
    yield form(
        f"{here}/targets/new/exposure",
        "ciso",
        {
            **common,
            "targets": "203.0.113.10\nwww.hopital-vallee.fr",
            "ports": "22,80",
            "mandate": seeds.mandate,
            "profile": "gentle",
        },
    )
    yield form(f"{here}/targets/new/backup", "ciso", {**common, "plan": plan, "repository.dpi-restic": "secret"})
    yield form(f"{here}/targets/new/workstations", "ciso", {**common, "answers": ANSWERS})
    yield form(
        f"{here}/targets/new/remote_access",
        "ciso",
        {**common, "bastion": "a@b.fr:22", "known_hosts": "b.fr ssh-ed25519 AAAA"},
    )
    yield form(
        f"{here}/mandates/new",
        "ciso",
        {
            "authorised_by": "J",
            "role": "D",
            "reference": "N",
            "scope": "203.0.113.0/24",
            "valid_from": "2026-01-01",
            "valid_to": "2026-12-31",
        },
    )
    yield form("/accounts/new", "administrator", {"login": "x", "name": "X", "password": "une phrase de passe"})
