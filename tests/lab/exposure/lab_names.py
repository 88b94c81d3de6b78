"""The domains of the exposed zone on loopback, with a planted fault for each rule about names, mail and DNS. Data only.

`ZONES` are zone files with `{a1}` in the place of the address of host 1 of the zone, `{dkim}` in that of a short key.
"""

from __future__ import annotations

from collections.abc import Mapping

NAMES_HOST = 9
"""Where the name server listens, at port 53; it also resolves for strangers."""
OUTSIDE = "192.0.2.9"
"""Outside the mandate: reported, never contacted."""

_START = """\
$TTL 300
@ IN SOA ns.hopital.test. dsi.hopital.test. 2026010101 3600 600 86400 300
@ IN NS ns.hopital.test.
"""
ZONES: Mapping[str, str] = {
    "hopital.test.": _START
    + f"""\
@ IN MX 10 mx1
@ IN MX 20 perdu
@ IN MX 30 courrier
@ IN MX 40 mx.resilie.example.
@ IN TXT "v=spf1 mx +all"
_dmarc IN TXT "v=DMARC1; p=none"
default._domainkey IN TXT "v=DKIM1; k=rsa; p={{dkim}}"
_25._tcp.mx1 IN TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000000
ns IN A {{a9}}
mx1 IN A {{a3}}
vitrine IN A {{a1}}
portail IN A {{a2}}
rdv IN A {{a2}}
rh IN A {OUTSIDE}
courrier IN CNAME ns
ancien IN CNAME disparu.azurewebsites.net.
agenda IN CNAME parti
""",
    "ght.test.": _START
    + """\
@ IN MX 10 mx1.hopital.test.
@ IN TXT "v=spf1 mx -all"
@ IN TXT "v=spf1 a -all"
_mta-sts IN TXT "v=STSv1; id=20260101"
@ IN DS 12345 13 2 0000000000000000000000000000000000000000000000000000000000000000
""",
    "neutre.test.": _START + '@ IN TXT "v=spf1 mx ?all"\n',
    "nu.test.": _START,
    ".": """\
$TTL 300
@ IN SOA a.racine.test. dsi.racine.test. 1 3600 600 86400 300
@ IN NS a.racine.test.
@ IN RRSIG NS 13 0 300 20360101000000 20260101000000 12345 . AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
""",
}
"""The last one makes of the server a resolver: it knows that every other name does not exist, and shows signatures.
That of the root signs nothing: it tells that none is stripped on the way."""
DOMAINS = ("hopital.test", "ght.test", "neutre.test", "nu.test")
OPEN_TRANSFERS = ("hopital.test.",)

EXPECTED: Mapping[str, tuple[str, ...]] = {
    "caa_missing": DOMAINS,
    "dane_broken": ("ght.test", "hopital.test"),
    "dangling_name": ("ancien.hopital.test",),
    "dangling_own_name": ("agenda.hopital.test",),
    "delegation_fragile": DOMAINS,
    "dkim_weak_key": ("hopital.test",),
    "dmarc_missing": ("ght.test", "neutre.test", "nu.test"),
    "dmarc_not_enforced": ("hopital.test",),
    "dmarc_without_reports": ("hopital.test",),
    "dnssec_broken": ("ght.test",),
    "dnssec_missing": ("hopital.test", "neutre.test", "nu.test"),
    "mail_server_alias": ("hopital.test",),
    "mail_server_claimable": ("hopital.test",),
    "mail_server_lost": ("hopital.test",),
    "mail_transport_not_enforced": ("ght.test", "hopital.test"),
    "mta_sts_broken": ("ght.test",),
    "name_outside_mandate": ("rh.hopital.test",),
    "spf_allows_everyone": ("hopital.test",),
    "spf_invalid": ("ght.test",),
    "spf_missing": ("nu.test",),
    "spf_neutral": ("neutre.test",),
    "tls_reports_missing": ("ght.test", "hopital.test"),
    "zone_transfer_open": ("hopital.test",),
}
"""Rule -> the names it must speak about, and no other."""
