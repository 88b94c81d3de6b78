"""The web servers of the zone: one nginx, one server block per kind of page, each listening on all its addresses."""

from __future__ import annotations

import ssl
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.lab import stage
from tests.lab.exposure.certificates import AUTHORITY, certificate, write_pair
from tests.lab.exposure.zone_plan import EXCLUDED, KINDS, OUTSIDE, TLS_KINDS, Place

_STRONG = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;"
_TLS: Mapping[str, tuple[str, str]] = {
    "weak_tls": ("weak", 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers "ALL:aNULL:eNULL:@SECLEVEL=0";'),
    "old_tls": ("good", 'ssl_protocols TLSv1 TLSv1.1; ssl_ciphers "ECDHE+AES:@SECLEVEL=0";'),
    "expired": ("expired", _STRONG),
    "expiring": ("expiring", _STRONG),
    "future": ("future", _STRONG),
    "broken_chain": ("broken_chain", _STRONG),
    "disordered": ("disordered", _STRONG),
    "untrusted": ("untrusted", _STRONG),
    "no_secrecy": ("rsa", "ssl_protocols TLSv1.2; ssl_ciphers AES256-GCM-SHA384:AES128-GCM-SHA256;"),
    "cbc_only": ("good", "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA256;"),
    "weak_dh": (
        "rsa",
        "ssl_protocols TLSv1.2; ssl_dhparam {folder}/dh1024.pem; ssl_ciphers DHE+AESGCM:@SECLEVEL=0;",
    ),
    "sha1": ("sha1", 'ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers "ECDHE+AESGCM:@SECLEVEL=0";'),
}
"""Kind -> its certificate and its settings; the others have the good ones."""


def _careful(hsts: str = "max-age=31536000", policy: str = "default-src 'self'", more: str = "") -> str:
    """The headers of a well-kept site; one may be told otherwise."""
    headers = {
        "Strict-Transport-Security": hsts,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": policy,
    }
    said = " ".join(f'add_header {name} "{value}" always;' for name, value in headers.items())
    return f"server_tokens off; absolute_redirect off; {said} {more}"


_MANNERS: Mapping[str, str] = {
    "fhir": _careful(hsts="max-age=300"),
    "phpmyadmin": _careful(more='add_header Set-Cookie "PHPSESSID=0123456789; path=/";'),
    "grafana": "server_tokens off; add_header Content-Security-Policy \"script-src * 'unsafe-inline'\";",
}
"""Kinds with a fault among their headers."""
_TALKATIVE = {"login", "weak_tls"}
"""Kinds that tell nginx's version and have no security header."""


def _page(title: str, body: str = "") -> str:
    return f'return 200 "<html><head><title>{title}</title></head><body>{body}</body></html>";'


_PAGES: Mapping[str, str] = {
    "redirect": "return 301 https://$host$request_uri;",
    "portal": _page("Portail patient"),
    "login": _page("Administration GTB", "<form><input type='password' name='p'></form>"),
    "weak_tls": _page("Welcome to nginx!", "<h1>Welcome to nginx!</h1>"),
    "default": _page("Welcome to nginx!", "<h1>Welcome to nginx!</h1>"),
    "plain": _page("Accueil du service"),
    "listing": "root {listing}; autoindex on;",
    "elasticsearch": 'default_type application/json; return 200 \'{{"name":"n1","cluster_name":"dpi",'
    '"version":{{"number":"8.15.0"}},"tagline":"You Know, for Search"}}\';',
    "fhir": 'default_type application/fhir+json; return 200 \'{{"resourceType":"CapabilityStatement",'
    '"fhirVersion":"4.0.1"}}\';',
    "grafana": _page("Grafana"),
    "phpmyadmin": _page("phpMyAdmin"),
    "printer_page": _page("HP LaserJet MFP"),
    "citrix": "return 302 /logon/LogonPoint/index.html;",
    "cisco": "return 302 /+CSCOE+/logon.html;",
    "f5": "return 302 /my.policy;",
    "fortinet": _page("Please Login", "<script src='/remote/fgt_lang?lang=fr'></script>"),
    "guacamole": _page("Apache Guacamole"),
    "ivanti": "return 302 /dana-na/auth/url_default/welcome.cgi;",
    "paloalto": "return 302 /global-protect/login.esp;",
    "rdweb": "return 302 http://www.hopital.test/RDWeb/Pages/fr-FR/login.aspx;",
    "sonicwall": _page("SonicWall - Virtual Office"),
    "stormshield": _page("Stormshield Network Security"),
    "wallix": _page("WALLIX Bastion"),
    "watchguard": "return 302 /sslvpn_logon.shtml;",
    "webmail": "return 302 /owa/;",
    "application": _page("Authentification - GLPI", "<form><input type='password' name='p'></form>"),
    "imaging": "return 302 /dcm4chee-arc/ui2/;",
    "kubernetes": 'default_type application/json; return 403 \'{{"kind":"Status","apiVersion":"v1","code":403}}\';',
    "winrm": "return 404;",
}
"""What a kind answers to `GET /`; a redirection leads to a page of the same server, which is empty."""

_HEAD = """\
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log; user www-data; worker_processes 1;
events {{ worker_connections 2048; }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
"""


def configuration(folder: Path, shared: Path, places: Sequence[Place]) -> str:
    """The whole configuration of nginx."""
    listing = shared / "listing"
    listing.mkdir()
    (listing / "export-patients.csv.bak").write_text("fichier oublié\n")
    listening: dict[str, list[Place]] = defaultdict(list)
    for place in (*places, Place(EXCLUDED, 80, "plain"), Place(OUTSIDE, 80, "plain")):
        if KINDS[place.kind].server == "nginx":
            listening[place.kind].append(place)
    blocks = [_block(folder, kind, found, listing) for kind, found in sorted(listening.items())]
    return "\n".join((_HEAD.format(folder=folder).replace("", ""), *blocks, "}"))


def _block(folder: Path, kind: str, places: Sequence[Place], listing: Path) -> str:
    secure = kind in TLS_KINDS
    ending = " ssl;" if secure else ";"
    listens = " ".join(f"listen {_bracketed(place.address)}:{place.port}{ending}" for place in places)
    name, settings = _TLS.get(kind, ("good", _STRONG))
    order = "" if kind in _TALKATIVE else "ssl_prefer_server_ciphers on;"
    files = f"ssl_certificate {folder}/{name}.pem; ssl_certificate_key {folder}/{name}.key;"
    tls = f"{files} {order} {settings.replace('{folder}', str(folder))}"
    usual = "" if kind in _TALKATIVE else _careful() if secure else "server_tokens off; absolute_redirect off;"
    manners = _MANNERS.get(kind, usual)
    page = _PAGES.get(kind, _PAGES["portal"]).format(listing=listing)
    everywhere = kind in {"listing", "watchguard"} or page.startswith(("return 301", "default_type"))
    first = "/" if everywhere else "= /"
    rest = "" if first == "/" else f"location / {{ {_page('Connexion')} }}"
    return f"  server {{ {listens}\n    {tls if secure else ''} {manners}\n    location {first} {{ {page} }} {rest} }}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def write_certificates(folder: Path, addresses: Sequence[str]) -> None:
    """The zone's authority, a good certificate, and one for each fault."""
    now = datetime.now(UTC)
    root, authority = _authority(AUTHORITY, now)
    (folder / "ca.pem").write_bytes(_pem(root))
    lives = {"good": (-1, 200), "expired": (-400, -3), "expiring": (-80, 9), "future": (20, 2000)}
    for name, (since, until) in lives.items():
        key = ec.generate_private_key(ec.SECP256R1())
        days = now + timedelta(since), now + timedelta(until)
        write_pair(folder, name, key, certificate("www.hopital.test", key, *days, addresses, authority))
    young = now - timedelta(10), now + timedelta(300)
    rsa_key = rsa.generate_private_key(65537, 2048)
    write_pair(folder, "rsa", rsa_key, certificate("rsa.hopital.test", rsa_key, *young, addresses, authority))
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the planted fault
    old = now - timedelta(800), now - timedelta(70)
    write_pair(folder, "weak", weak, certificate("vitrine.hopital.test", weak, *old))
    _write_chains(folder, now, root, authority)
    _write_sha1(folder, authority)
    (folder / "dh1024.pem").write_text(_SHORT_GROUP)


def _authority(
    name: str, now: datetime, above: ec.EllipticCurvePrivateKey | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    return certificate(
        name, key, now - timedelta(2), now + timedelta(3650), (), above, AUTHORITY if above else "", True
    ), key


def _write_chains(folder: Path, now: datetime, root: x509.Certificate, authority: ec.EllipticCurvePrivateKey) -> None:
    """A chain without its middle, one out of order, one that leads to an authority nobody knows."""
    young = now - timedelta(10), now + timedelta(300)
    key = ec.generate_private_key(ec.SECP256R1())
    middle, middle_key = _authority("CaRE lab intermediate", now, authority)
    other, other_key = _authority("Autorité inconnue", now)
    below = certificate("chaine.hopital.test", key, *young, (), middle_key, "CaRE lab intermediate")
    foreign = certificate("chaine.hopital.test", key, *young, (), other_key, "Autorité inconnue")
    for name, chain in (
        ("broken_chain", (below,)),
        ("disordered", (below, root, middle)),
        ("untrusted", (foreign, other)),
    ):
        write_pair(folder, name, key, chain[0])
        (folder / f"{name}.pem").write_bytes(b"".join(map(_pem, chain)))


def _pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)


def _write_sha1(folder: Path, authority: ec.EllipticCurvePrivateKey) -> None:
    """A signature that Python refuses to make."""
    (folder / "ca.key").write_bytes(
        authority.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    key, request, made = (folder / f"sha1.{ending}" for ending in ("key", "csr", "pem"))
    asked = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ancien.hopital.test"]
    stage.run([*asked, "-keyout", key, "-out", request])
    signed = ["openssl", "x509", "-req", "-sha1", "-days", "300", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key"]
    stage.run([*signed, "-in", request, "-out", made])


_OAKLEY_2 = bytes.fromhex(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)
"""The second Oakley group (RFC 2409, 6.2): 1,024 bits, generator 2."""
_SHORT_GROUP = ssl.DER_cert_to_PEM_cert(b"\x30\x81\x87\x02\x81\x81\x00" + _OAKLEY_2 + b"\x02\x01\x02").replace(
    "CERTIFICATE", "DH PARAMETERS"
)
