"""Who may ask for a certificate: the access lists of the template and of the authority that issues it both decide.

Certificates of an authority that NTAuthCertificates does not list open no session (CERT-FR,
vuln_adcs_template_auth_enroll_with_name): what it issues counts as published, and as giving nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from scanners.ad.access import Access, Wanted, access, both, either, open_to_all, ordinary_accounts, ordinary_trustees
from scanners.ad.columns import Kind, Mask
from scanners.ad.descriptors import CONTROL_ACCESS
from scanners.ad.naming import common_name
from scanners.ad.rights import AUTO_ENROLL, ENROLL
from scanners.ad.subjects.certificate_keys import holder_key
from scanners.model import NotAssessable

if TYPE_CHECKING:
    from scanners.ad.facts import DirectoryFacts


TRUSTED_AUTHORITIES: Final = "ntauthcertificates"
"""The object that lists the authorities trusted for logging on, in lower case."""
_STORES: Final = ("AIA", "Certificate Templates", "Certification Authorities", "Enrollment Services")
"""What a forest is created with, in CN=Public Key Services, whether or not it ever has an authority."""


@dataclass(frozen=True)
class Enrolment:
    """Who may enrol on one published template, privileged principals left out.

    `authorities` are the names of those that issue it and are trusted for logging on; `trustees` the SIDs by which
    somebody may enrol at one of them, `accounts` the enabled accounts that this makes, `access` all holders.
    """

    authorities: tuple[str, ...]
    trustees: tuple[str, ...]
    accounts: int
    access: Access

    @property
    def open(self) -> bool:
        """Whether somebody who is not privileged may enrol."""
        return bool(self.trustees)


def who_enrols(facts: DirectoryFacts) -> Mapping[int, Enrolment]:
    """Each template that an authority issues, by row.

    Permissions of an authority that cannot be read are supposed open, as they are by default; a template whose own
    permissions cannot be read has no trustee, and rules say that it was not examined.
    """
    asking = Wanted.of(facts, CONTROL_ACCESS, ENROLL, AUTO_ENROLL)
    templates = _templates_by_name(facts)
    issued: dict[int, dict[str, Access]] = {}
    for row, names in facts.objects.texts("certificateTemplates").items():
        if facts.objects.kind[row] == Kind.ENROLLMENT:
            at_authority, trusted = _access_to(facts, row, asking), _opens_sessions(facts, row)
            for name in names:
                if name.lower() in templates:
                    authorities = issued.setdefault(templates[name.lower()], {})
                    authorities |= {common_name(facts.objects.dn[row]): at_authority} if trusted else {}
    return {row: _enrolment(facts, row, authorities, asking) for row, authorities in issued.items()}


def need_stores(facts: DirectoryFacts) -> None:
    """NotAssessable when one of the places of authorities and templates, that every forest has, does not show."""
    pki = facts.naming.pki_dn
    for dn in (pki, *(f"CN={name},{pki}" for name in _STORES)):
        facts.row_at(dn)


def need_published(facts: DirectoryFacts) -> None:
    """NotAssessable when authorities do not show, or when one issues a template that was not read."""
    need_stores(facts)
    known, kinds = _templates_by_name(facts), facts.objects.kind
    issued = facts.objects.texts("certificateTemplates").items()
    names = {name for row, values in issued if kinds[row] == Kind.ENROLLMENT for name in values}
    unseen = sorted(name for name in names if name.lower() not in known)
    if unseen:
        raise NotAssessable(
            f"Une autorité publie {len(unseen)} modèle(s) de certificat que le compte d’audit ne voit pas, dont "
            f"{unseen[0]} ; accordez-lui leur lecture, ou retirez de l’autorité ceux qui n’existent plus (certsrv.msc, "
            "Modèles de certificats).",
            f"An authority publishes {len(unseen)} certificate template(s) that the audit account does not see, among "
            f"them {unseen[0]}; grant it their reading, or remove from the authority those that no longer exist "
            "(certsrv.msc, Certificate Templates).",
        )


def authority_hosts(facts: DirectoryFacts) -> Mask:
    """The machines of the certification authorities of the forest, as far as they are of this domain.

    None where the source did not look at the names of machines: nothing else hangs on them.
    """
    if "dNSHostName" not in facts.objects.asked:
        return facts.mask(())
    names = facts.objects.texts("dNSHostName")
    services = np.flatnonzero(facts.objects.of(Kind.ENROLLMENT)).tolist()
    wanted = {names[row][0].lower() for row in services if row in names}
    computers = facts.objects.of(Kind.COMPUTER)
    return facts.mask(row for row, values in names.items() if values[0].lower() in wanted and computers[row])


def _enrolment(facts: DirectoryFacts, row: int, authorities: Mapping[str, Access], asking: Wanted) -> Enrolment:
    at_authority = either(authorities.values())
    index = int(facts.objects.descriptor[row])
    if at_authority is None or index < 0:
        nobody = Access(facts.mask(()), False, frozenset(), ())
        return Enrolment(tuple(authorities), (), 0, nobody)
    found = both(access(facts, index, asking), at_authority)
    return Enrolment(tuple(authorities), ordinary_trustees(facts, found), ordinary_accounts(facts, found), found)


def _access_to(facts: DirectoryFacts, authority: int, asking: Wanted) -> Access:
    index = int(facts.objects.descriptor[authority])
    return access(facts, index, asking) if index >= 0 else open_to_all(facts)


def _opens_sessions(facts: DirectoryFacts, authority: int) -> bool:
    """Whether controllers accept the certificates of an authority; supposed so when that cannot be read."""
    if "cACertificate" not in facts.objects.asked:
        return True
    certificates = facts.objects.texts("cACertificate")
    lists = np.flatnonzero(facts.objects.of(Kind.CA)).tolist()
    trusted = [row for row in lists if common_name(facts.objects.dn[row]).lower() == TRUSTED_AUTHORITIES]
    known = [value for row in trusted for value in certificates.get(row, ())]
    own = certificates.get(authority, ())
    if not known or not own:
        return True
    keys = {holder_key(value) for value in known}
    return any(holder_key(value) in keys for value in own)


def _templates_by_name(facts: DirectoryFacts) -> Mapping[str, int]:
    rows = np.flatnonzero(facts.objects.of(Kind.TEMPLATE)).tolist()
    return {common_name(facts.objects.dn[row]).lower(): row for row in rows}
