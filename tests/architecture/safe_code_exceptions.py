"""The exceptions to the rules of `safe_code`, each with its reason. One that is used no more fails the test."""

from __future__ import annotations

_TYPES = "tells the type checker what the lines above just held; nothing is decided by it"
_SVG = "a picture drawn by `reports`, by ElementTree, which escapes every text; no person's markup is in it"
_DRAWS = "writes SVG and reads no XML: ElementTree escapes what it writes"
_CATALOGUE = "the name is one of SCANNERS, checked against that tuple before: never what a person typed"
_ENGINE = "this scanner asks the network, in the child process of an audit, where its target and mandate say"
_TOOL = "a developer's tool, with words of its own; no installation runs it"

EXCEPTIONS: dict[tuple[str, str], str] = {
    # Checks that `python -O` would take away: none is a defence.
    ("assert", "care/cli/audit.py"): _TYPES,
    ("assert", "care/domain/bia_content.py"): _TYPES,
    ("assert", "care/services/exposure/keeping.py"): _TYPES,
    ("assert", "care/services/machines/reading.py"): _TYPES,
    ("assert", "care/web/imports/forms.py"): _TYPES,
    ("assert", "scanners/backup/collect_process.py"): _TYPES,
    ("assert", "scanners/collection.py"): _TYPES,
    ("assert", "scanners/exposure/collect_nmap.py"): _TYPES,
    # Modules imported by a name that is computed.
    ("computed-import", "care/cli/__init__.py"): "the commands of `care`, from the table of that file",
    ("computed-import", "care/services/scanning.py"): _CATALOGUE,
    ("computed-import", "scanners/archive.py"): _CATALOGUE,
    ("computed-import", "scanners/catalog.py"): _CATALOGUE,
    ("computed-import", "scanners/collect.py"): "the order comes from our parent process, which took it from SCANNERS",
    ("computed-import", "scanners/named_products.py"): "the name is one of SEERS, checked on the line before",
    # Who talks to the outside, or listens.
    (
        "network",
        "care/adapters/https_courier.py",
    ): "questions to the region, HTTPS only, certificate verified, no redirect",
    ("network", "care/adapters/own_addresses.py"): "asks the machine its own names, to tell them; contacts nothing",
    ("network", "care/adapters/smtp.py"): "mail, to the relay that the settings name and nowhere else",
    ("network", "care/cli/listening.py"): "the server of the pages",
    ("network", "care/cli/own_tls.py"): "the certificate of the server of the pages",
    ("network", "care/cli/serve.py"): "the server of the pages",
    ("network", "care/worker.py"): "the name of the machine, written beside the jobs it takes; contacts nothing",
    ("network", "scanners/ad/ldap/collect_connect.py"): _ENGINE,
    ("network", "scanners/ad/ldap/collect_probes.py"): _ENGINE,
    ("network", "scanners/ad/sources/collect_sysvol.py"): _ENGINE,
    ("network", "scanners/backup/collect_place.py"): _ENGINE,
    ("network", "scanners/exposure/collect_connect.py"): _ENGINE,
    ("network", "scanners/exposure/collect_dns.py"): _ENGINE,
    ("network", "scanners/exposure/collect_domains.py"): _ENGINE,
    ("network", "scanners/exposure/collect_identify.py"): _ENGINE,
    ("network", "scanners/exposure/collect_names.py"): _ENGINE,
    ("network", "scanners/exposure/collect_nmap.py"): _ENGINE,
    ("network", "scanners/exposure/collect_tls.py"): _ENGINE,
    ("network", "scanners/exposure/collect_udp.py"): _ENGINE,
    ("network", "scanners/exposure/collect_wire.py"): _ENGINE,
    ("network", "scanners/remote_access/collect_ssh.py"): _ENGINE,
    ("network", "tools/served.py"): _TOOL,
    # Who starts processes: lists of words, never a shell.
    ("process", "care/adapters/machine.py"): "asks systemd about our own units; words of that file",
    ("process", "reports/press.py"): "Typst in a child that can be ended: our own module, the document on its input",
    ("process", "reports/watermark.py"): "stamps a PDF in a child that can be ended: our own module",
    (
        "process",
        "scanners/backup/collect_process.py",
    ): "restic and borg: words of a table, what is typed only as values",
    ("process", "scanners/collect_ssh_audit.py"): "our own module, a host and two numbers",
    ("process", "scanners/collection.py"): "the child of an audit: our own module, its order on its input",
    (
        "process",
        "scanners/exposure/collect_nmap.py",
    ): "nmap: options of a table, addresses and ports by type, after `--`",
    ("process", "scanners/restore/collect_postgresql.py"): "a server of its own for a drill, alone, without a network",
    ("process", "tools/demo.py"): _TOOL,
    ("process", "tools/doc_pictures.py"): _TOOL,
    ("process", "tools/served.py"): _TOOL,
    ("process", "tools/vendor.py"): _TOOL,
    (
        "random",
        "scanners/backup/collect_repository.py",
    ): "a sample that an auditor can draw again from its seed; no secret",
    # What reaches a page without being escaped there.
    ("unescaped", "care/services/letters/__init__.py"): "letters in plain text, which know no markup",
    ("unescaped", "care/web/facilitation/regions.py"): "parts made by templates that escape",
    ("unescaped", "care/web/formats.py"): "`reports.markdown` escapes every character of the text it reads",
    ("unescaped", "care/web/qr.py"): "a QR code drawn by segno, which escapes its title",
    ("unescaped", "care/web/debrief/templates/debrief/parts.html"): _SVG,
    ("unescaped", "care/web/debrief/templates/debrief/timeline.html"): _SVG,
    ("unescaped", "care/web/directory/templates/directory/parts.html"): _SVG,
    ("unescaped", "care/web/directory/templates/directory/paths.html"): _SVG,
    ("unescaped", "care/web/exposure/templates/exposure/map.html"): _SVG,
    ("unescaped", "care/web/investment/templates/investment/plan.html"): _SVG,
    ("unescaped", "care/web/templates/parts/ui.html"): _SVG,
    ("unescaped", "care/web/territory/templates/territory/parts.html"): _SVG,
    ("unescaped", "care/web/whatif/templates/whatif/_map.html"): _SVG,
    (
        "unverified",
        "scanners/exposure/collect_tls.py",
    ): "looks at certificates that may be bad, to say so; trusts nothing",
    # A digest whose name is computed: SHA-256 and SHA-512 in fact.
    (
        "weak-hash",
        "scanners/ad/ldap/collect_sasl.py",
    ): "channel binding (RFC 5929): MD5 and SHA-1 are replaced by SHA-256",
    ("weak-hash", "scanners/exposure/collect_mail.py"): "TLSA records (RFC 6698): SHA-256 or SHA-512, from a table",
    ("xml", "reports/charts.py"): _DRAWS,
    ("xml", "reports/layers_svg.py"): _DRAWS,
    ("xml", "reports/maps.py"): _DRAWS,
    ("xml", "reports/perimeter_map.py"): _DRAWS,
    ("xml", "reports/timeline_svg.py"): _DRAWS,
    ("xml", "reports/trends.py"): _DRAWS,
    (
        "yaml-load",
        "scanners/read_yaml.py",
    ): "a SafeLoader made stricter: no double key; aliases and deep levels refused before",
}
