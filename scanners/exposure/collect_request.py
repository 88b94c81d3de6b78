"""What an exposure audit is asked to look at, and the name of its perimeter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from scanners.exposure import collect_around, collect_dns, collect_tls
from scanners.exposure.collect_around import parse_domains
from scanners.exposure.exclusions import ExclusionAsked
from scanners.exposure.known_places import KnownPlace
from scanners.exposure.never_written import Permission, silent_lines
from scanners.exposure.read_names import MAX_FILE
from scanners.exposure.targets import MAX_TARGETS
from scanners.read_yaml import MAX_CHARACTERS

_NAME_CHARACTERS = 120


@dataclass(frozen=True)
class Request:
    """What to look at. `mandate` is what `Mandate.to_mapping()` gives; `ports` is empty for the usual ones;
    `exclusions` is what people exclude for a while, beside the mandate; `ca_pem` are certificates to trust
    beside those this machine knows; `earlier` is the archive of an audit of the same targets that was cut short: only
    what it left is contacted, and the facts are those of both.

    `vulnerabilities_store` is the file of imported vulnerabilities, empty for none.
    `domains` are those whose mail, DNS and names are looked at, one each with its DKIM selectors (`hopital.fr s2024`);
    `names_file` is the content of an export of names; `known_names` those that former audits of the target found, asked
    again, `known_places` the addresses where they looked at names of the mandate, or that a person accepted since;
    `resolver` the DNS servers to ask, empty for the system’s.
    `never_written` are lines of ports that no byte may be sent to, `permissions` what controllers may be asked, until
    which day (`never_written.py`). No secret is needed.
    """

    targets: tuple[str, ...]
    mandate: dict[str, Any]
    ports: str = ""
    profile: Literal["gentle", "standard", "fragile"] = "gentle"
    exclusions: tuple[ExclusionAsked, ...] = ()
    vulnerabilities_store: str = ""
    lifecycle_yaml: Annotated[str, Field(max_length=MAX_CHARACTERS)] = ""
    ca_pem: Annotated[str, Field(max_length=1 << 20), AfterValidator(collect_tls.well_formed)] = ""
    earlier: str = ""
    domains: Annotated[tuple[str, ...], AfterValidator(collect_around.well_formed)] = ()
    names_file: Annotated[str, Field(max_length=MAX_FILE)] = ""
    never_written: Annotated[tuple[str, ...], AfterValidator(silent_lines)] = ()
    permissions: tuple[Permission, ...] = ()
    resolver: Annotated[str, Field(max_length=500), AfterValidator(collect_dns.well_formed)] = ""
    known_names: tuple[str, ...] = ()
    known_places: Annotated[tuple[KnownPlace, ...], Field(max_length=MAX_TARGETS)] = ()


def target_name(request: Request) -> str:
    """The targets as written, shortened, with the ports and the profile when they are not the usual ones.

    It is the perimeter that two audits must share for the second to close findings of the first: a shortened list
    therefore keeps a digest of what it leaves out.
    """
    written = [line.strip() for line in request.targets if line.strip()]
    unusual = [
        request.ports and f"ports {request.ports}",
        "" if request.profile == "standard" else request.profile,
        ", ".join(sorted(order.name for order in parse_domains(request.domains))),
        request.names_file and hashlib.sha256(request.names_file.encode()).hexdigest()[:8],
    ]
    return " · ".join(
        [_shortened(", ".join(written), len(written)), *(_shortened(part, 0) for part in unusual if part)]
    )


def _shortened(text: str, count: int) -> str:
    if len(text) <= _NAME_CHARACTERS:
        return text
    kept = text[:_NAME_CHARACTERS].rpartition(", ")[0] or text[:_NAME_CHARACTERS]
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{kept}, … ({count}, {digest})" if count else f"{kept}… ({digest})"
