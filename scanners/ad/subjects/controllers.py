"""Which controllers are machines that run, and where each stands in the sites of the forest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind, Mask
from scanners.ad.facts import DirectoryFacts

_CLOUD_NAME = "azureadkerberos$"


def cloud_controllers(facts: DirectoryFacts) -> Mask:
    """The object that Entra Kerberos makes: a read-only controller on paper, no machine behind it.

    Known by its fixed name, and by having neither a system nor a logon: a machine that took the name would have both.
    """
    objects = facts.objects
    names = objects.texts("sAMAccountName")
    paper: Mask = facts.controllers & (objects.ints("primaryGroupID") == sids.RID_READ_ONLY_CONTROLLERS)
    paper &= (objects.ints("lastLogonTimestamp") <= 0) & ~facts.having("operatingSystem")
    return facts.mask(row for row in np.flatnonzero(paper).tolist() if names.get(row, ("",))[0].lower() == _CLOUD_NAME)


def standing(facts: DirectoryFacts) -> Mask:
    """The controllers that are machines."""
    return facts.controllers & ~cloud_controllers(facts)


def writable(facts: DirectoryFacts) -> Mask:
    """The controllers that hold a whole copy of the directory."""
    whole: Mask = facts.controllers & (facts.objects.ints("primaryGroupID") == sids.RID_DOMAIN_CONTROLLERS)
    return whole


def servers_of(facts: DirectoryFacts) -> Mapping[int, int]:
    """The `server` object of the sites (row) of each account that has one (row)."""
    objects = facts.objects
    references = objects.texts("serverReference")
    found = {}
    for row in np.flatnonzero(objects.of(Kind.SERVER)).tolist():
        account = objects.row_by_dn.get(references.get(row, ("",))[0].lower(), -1)
        if account >= 0:
            found[account] = row
    return found


def level_of(facts: DirectoryFacts, server: int) -> int | None:
    """The highest functional level that a server of the sites says it supports; None without NTDS settings.

    An impossible one (`MISSING`) when it has settings that say none.
    """
    row = facts.objects.row_by_dn.get(f"cn=ntds settings,{facts.objects.dn[server].lower()}", -1)
    if row < 0 or facts.objects.kind[row] != Kind.DSA:
        return None
    return int(facts.objects.ints("msDS-Behavior-Version")[row])
