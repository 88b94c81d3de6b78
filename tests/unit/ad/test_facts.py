"""Facts survive their archive byte for byte; archives written by strangers are refused; what others may read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scanners.ad import archived, sids
from scanners.ad.columns import BLOBS, BOOLEANS, GUIDS, INTEGERS, SIDS, TEXTS, TIMES, TRUSTEES
from scanners.ad.facts import FORMAT
from scanners.ad.sources.collect_table import ATTRIBUTES
from scanners.archive import Manifest, Parts, read_archive, write_archive
from scanners.catalog import rules_of
from scanners.exchange import Principal, PublishesDirectory
from scanners.lifecycle import LifeCycle
from scanners.model import NotAssessable
from scanners.runner import run_rules
from tests.unit.ad import specimens
from tests.unit.ad.specimens import BROKEN, HEALTHY, NOW

MANIFEST = Manifest("ad", FORMAT.schema, "ldaps://dc1", NOW.isoformat(), NOW.isoformat(), "care test")


def test_rules_say_the_same_of_facts_read_back(tmp_path: Path) -> None:
    path = tmp_path / "facts.care"
    write_archive(path, MANIFEST, BROKEN)
    again = read_archive(path).facts
    rules = rules_of("ad")
    assert [outcome.findings for outcome in run_rules(rules, again)] == [
        outcome.findings for outcome in run_rules(rules, BROKEN)
    ]
    assert write_archive(tmp_path / "again.care", MANIFEST, again) == write_archive(path, MANIFEST, BROKEN)


def parts() -> tuple[dict[str, Any], dict[str, Any]]:
    packed = FORMAT.pack(HEALTHY)
    return json.loads(json.dumps(packed.document)), {name: array.copy() for name, array in packed.arrays.items()}


ENDLESS = np.broadcast_to(np.int8(0), 10**12)
"""Weighs one byte as it is."""


def set_first(name: str, value: int) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def spoil(_document: dict[str, Any], arrays: dict[str, Any]) -> None:
        arrays[name] = arrays[name].astype(np.int64)
        arrays[name][0] = value

    return spoil


def shorten(name: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda _document, arrays: arrays.update({name: arrays[name][:-1]})


def document(**changes: object) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda document, _arrays: document.update(changes)


@pytest.mark.parametrize(
    "spoil",
    [
        set_first("kind", 99),
        set_first("kind", -1),
        set_first("descriptor", 10**9),
        set_first("descriptor", -9),
        set_first("sid_prefix", 5000),
        set_first("member", 10**6),
        set_first("member_of", -1),
        set_first("sd.entries", 10**6),
        set_first("sd.start", 3),
        set_first("sd.owner", 10**6),
        set_first("sd.ace_object", 10**6),
        set_first("sd.ace_trustee", -2),
        set_first("sd.ace_mask", 2**40),
        set_first("int.pwdLastSet.rows", 10**6),
        set_first("int.pwdLastSet.rows", -1),
        shorten("kind"),
        shorten("member"),
        shorten("sd.control"),
        shorten("sd.start"),
        shorten("int.pwdLastSet.values"),
        document(dn="text"),
        document(dn=[1, 2]),
        document(prefixes=["\ud800"]),
        document(texts=[]),
        document(texts={"unicodePwd": {"rows": [0], "values": [["x"]]}}),
        document(texts={"dNSHostName": {"rows": [1, 0], "values": [["a"], ["b"]]}}),
        document(texts={"dNSHostName": {"rows": [True], "values": [["a"]]}}),
        document(texts={"dNSHostName": {"rows": [0], "values": [[]]}}),
        document(texts={"dNSHostName": {"rows": [10**9], "values": [["a"]]}}),
        document(outside=None),
        document(naming={"domain": "x"}),
        document(gaps=[{"section": "domain"}]),
        document(collected_at="2026-03-01T03:00:00"),
        document(collected_at="yesterday"),
        lambda _document, arrays: arrays.update({"int.unicodePwd.rows": arrays["kind"]}),
        lambda _document, arrays: arrays.update({"kind": arrays["kind"].astype(np.float64)}),
        lambda _document, arrays: arrays.update({"kind": arrays["kind"].reshape(1, -1)}),
        lambda _document, arrays: arrays.update({"member": ENDLESS}),
        lambda _document, arrays: arrays.update({"member": ENDLESS, "member_of": ENDLESS}),
        lambda _document, arrays: arrays.update({"int.pwdLastSet.rows": ENDLESS, "int.pwdLastSet.values": ENDLESS}),
        lambda _document, arrays: arrays.pop("kind"),
    ],
)
def test_hostile_archives_are_refused(spoil: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    raw, arrays = parts()
    spoil(raw, arrays)
    with pytest.raises((ValueError, KeyError)):
        FORMAT.unpack(Parts(raw, arrays))


def test_arrays_grow_only_when_their_names_and_sizes_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of one megabyte may unpack to a billion bytes, which are eight billions once widened."""
    raw, arrays = parts()
    objects, descriptors = archived.unpack(raw, arrays | {"padding": object()})
    count = sum(map(len, arrays.values()))
    assert (len(objects), len(descriptors)) == (len(HEALTHY.objects), len(HEALTHY.permissions))
    monkeypatch.setattr(archived, "MAX_VALUES", count)
    archived.unpack(raw, arrays)
    monkeypatch.setattr(archived, "MAX_VALUES", 100)
    with pytest.raises(ValueError, match="too many values"):
        archived.unpack(raw, arrays)


def test_what_is_asked_for_holds_no_secret() -> None:
    kept = {*INTEGERS, *TIMES, *BOOLEANS, *TEXTS, *SIDS, *GUIDS, *TRUSTEES, *BLOBS}
    secret = {"unicodePwd", "supplementalCredentials", "ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword"}
    assert not secret & {*ATTRIBUTES, *kept}
    assert "*" not in ATTRIBUTES


def test_the_text_of_a_description_is_not_kept() -> None:
    packed = FORMAT.pack(BROKEN)
    assert "Sauve2019" not in json.dumps(packed.document)
    assert BROKEN.objects.ints("tellsPassword").max() == 1


def test_accounts_that_entra_makes_are_no_machines() -> None:
    names = {machine.name for machine in HEALTHY.directory().machines}
    assert "PC-URG-01" in names
    assert "AZUREADSSOACC" not in names


def test_directory_is_published_for_other_scanners() -> None:
    assert isinstance(BROKEN, PublishesDirectory)
    directory = BROKEN.directory()
    machines = {machine.name: machine for machine in directory.machines}
    assert (directory.domain, directory.netbios, directory.laps_installed) == ("hopital.test", "HOPITAL", True)
    assert machines["PC-7"].operating_system == "Windows 7 Professional"
    assert machines["PC-7"].laps_expires is None
    assert machines["PC-URG-01"].laps_expires is not None
    assert (machines["DC1"].server, machines["PC-URG-01"].server) == (True, False)
    assert "agent0" in directory.account_names
    assert "krbtgt" not in directory.account_names
    assert "admins du domaine" in directory.group_names
    assert not directory.group_names & directory.account_names


def test_a_sid_of_the_directory_has_a_name_and_tells_whether_it_is_in_use() -> None:
    directory = BROKEN.directory()
    by_name = {BROKEN.objects.text("sAMAccountName", row): row for row in range(len(BROKEN.objects))}
    found = {name: directory.principal(BROKEN.objects.sid(by_name[name])) for name in ("agent0", "krbtgt")}
    assert found == {"agent0": Principal("agent0", active=True), "krbtgt": Principal("krbtgt", active=False)}
    group = directory.principal(f"{directory.sid}-{sids.RID_DOMAIN_CONTROLLERS}")
    assert group is not None
    assert group.active
    assert directory.principal(f"{directory.sid}-999999") is None


def test_a_domain_without_the_schema_cannot_tell_about_laps() -> None:
    specimen = specimens.healthy()
    for dn in [dn for dn in specimen.entries if "CN=Schema" in dn]:
        del specimen.entries[dn]
    assert specimen.facts().laps_installed is None


def test_groups_in_a_loop_end() -> None:
    row = BROKEN.row_of_rid(1420)
    members = BROKEN.members_of(BROKEN.mask([row]))
    assert {BROKEN.subject(member) for member in np.flatnonzero(members).tolist()} == {
        "HOPITAL\\Boucle A",
        "HOPITAL\\Boucle B",
    }


def test_primary_group_counts_as_membership() -> None:
    assert BROKEN.privileged[BROKEN.row_of_rid(1413)]


def test_dates_out_of_reach_are_no_dates() -> None:
    specimen = specimens.healthy()
    specimen.change(f"CN=krbtgt,CN=Users,{specimens.BASE}", pwdLastSet=2**63 - 2)
    facts = specimen.facts()
    assert facts.date("pwdLastSet", facts.row_of_rid(502)) is None
    assert dataclasses.replace(facts, gaps=()).gaps == ()


def test_an_archive_of_the_first_schema_does_not_say_what_nobody_asked() -> None:
    former, arrays = parts()
    del former["asked"]
    objects = FORMAT.unpack(Parts(former, arrays)).objects
    assert objects.texts("sAMAccountName")
    with pytest.raises(NotAssessable, match="schemaIDGUID"):
        objects.texts("schemaIDGUID")
    with pytest.raises(NotAssessable, match="versionNumber"):
        objects.ints("versionNumber")


def test_what_was_asked_survives_the_archive() -> None:
    narrow = dataclasses.replace(HEALTHY.objects, asked=frozenset({"pwdLastSet"}))
    packed = FORMAT.pack(dataclasses.replace(HEALTHY, objects=narrow))
    again = FORMAT.unpack(Parts(json.loads(json.dumps(packed.document)), packed.arrays))
    assert again.objects.asked == {"pwdLastSet"}


def test_imported_ends_of_support_are_kept_and_former_archives_have_none() -> None:
    row = LifeCycle("windows 11", "24H2", 26100, "pro", date(2026, 2, 1), "notre contrat", date(2026, 2, 1))
    parts = FORMAT.pack(replace(HEALTHY, lifecycle=(row,)))
    again = replace(parts, document=json.loads(json.dumps(parts.document)))
    assert FORMAT.unpack(again).lifecycle == (row,)
    former = {name: value for name, value in again.document.items() if name != "lifecycle"}
    assert FORMAT.unpack(replace(again, document=former)).lifecycle == ()
    for wrong in ({}, "x", [{"product": "W"}], [[]], [{}] * 20_001):
        with pytest.raises(ValueError, match=r"life ?cycle|validation error"):
            FORMAT.unpack(replace(again, document=again.document | {"lifecycle": wrong}))


def kept_clock(raw: object) -> float | None:
    """The gap of the clocks once in an archive and out of it, `raw` in its place."""
    parts = FORMAT.pack(replace(HEALTHY, clock_ahead=-12.5))
    document = {name: value for name, value in parts.document.items() if name != "clock_ahead"}
    changes = (
        {"clock_ahead": parts.document["clock_ahead"]} if raw is ... else {} if raw is None else {"clock_ahead": raw}
    )
    return FORMAT.unpack(replace(parts, document=json.loads(json.dumps(document | changes)))).clock_ahead


def test_the_gap_of_the_clocks_is_kept_and_former_archives_have_none() -> None:
    assert kept_clock(...) == -12.5
    assert kept_clock(None) is None


@pytest.mark.parametrize("raw", ["12", True, float("nan"), float("inf"), 86401, [1]])
def test_a_malformed_gap_of_clocks_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="gap of the clocks"):
        kept_clock(raw)
