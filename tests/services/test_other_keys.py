"""Keys of the other bastions: handed over from their last audits; bastions whose keys are not known are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from care.domain.jobs import Lane
from care.services import audits
from care.services.platform import Platform
from care.services.remote_access import other_keys as other_keys_module
from care.services.remote_access.other_keys import other_keys
from care.services.targets import TargetDraft, add_target, archive_target
from care.services.work import Hold
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from scanners.archive import Archive, Manifest, read_archive, write_archive
from scanners.model import Gap, Status, Text
from scanners.remote_access.facts import AuthorizedKey, OtherKey, RemoteAccessFacts
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals

both = pytest.mark.both_databases
RULE = "remote_access.shared_key_elsewhere"


def key(account: str, fingerprint: str) -> AuthorizedKey:
    return AuthorizedKey(account, f"/home/{account}/.ssh/authorized_keys", 1, "ssh-ed25519", 256, fingerprint, {})


def bastion(platform: Platform, establishment_id: int, host: str) -> int:
    draft = TargetDraft("remote_access", host, {"bastion": f"care-audit@{host}", "known_hosts": ""})
    return add_target(platform, MACHINE, establishment_id, draft)


def given(platform: Platform, target_id: int) -> dict[str, Any]:
    with platform.database.read() as session:
        return other_keys(platform, session, session.get_one(Target, target_id))


def audited(
    platform: Platform, target_id: int, host: str, *keys: AuthorizedKey, gaps: tuple[Gap, ...] = (), **said: str
) -> Status:
    """Audit a bastion that has these keys, as the worker does: what the rule on keys of others says."""

    def collect(
        scanner: str, request: Mapping[str, Any], _secrets: object, out: Path, *_others: object
    ) -> Archive[Any]:
        now = platform.clock.now()
        told = tuple(OtherKey(**one) for one in request["other_keys"])
        unread = tuple(request["unread_gateways"])
        facts = RemoteAccessFacts(
            now, host, "care-audit", keys=keys, gaps=gaps, other_keys=told, unread_gateways=unread, **said
        )
        write_archive(out, Manifest(scanner, 1, host, now.isoformat(), now.isoformat(), "tests"), facts)
        return read_archive(out)

    own = replace(platform, collect=collect)
    started = audits.start_audit(own, MACHINE, target_id)
    assert started is not None
    audits.audit(own, Hold(own, claimed(own, Lane.BASTION)))
    with platform.database.read() as session:
        query = select(RuleOutcome.status).join(Run, Run.id == RuleOutcome.run_id)
        return session.scalars(query.where(Run.id == started.run_id, RuleOutcome.rule == RULE)).one()


@both
def test_each_bastion_is_compared_with_the_last_audits_of_the_others(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    first, second = (bastion(platform, hospitals.valley, host) for host in ("un.test", "deux.test"))
    bastion(platform, hospitals.far, "ailleurs.test")
    assert given(platform, first) == {"other_keys": [], "unread_gateways": ["deux.test"]}
    shared, audit = key("tm_irm", "SHA256:irm"), key("care-audit", "SHA256:audit")
    assert audited(platform, first, "un.test", shared, audit) is Status.NOT_ASSESSABLE  # the other was never audited
    told = {"fingerprint": "SHA256:irm", "gateway": "un.test", "account": "tm_irm", "machine": ""}  # not ours
    assert given(platform, second) == {"other_keys": [told], "unread_gateways": []}
    assert audited(platform, second, "deux.test", key("tm_scanner", "SHA256:irm")) is Status.FAILED
    clock.forward(days=1)
    assert audited(platform, first, "un.test", shared) is Status.FAILED
    clock.forward(days=1)
    refused = Gap("keys", Text("non lu", "not read"))
    assert audited(platform, second, "deux.test", gaps=(refused,)) is Status.NOT_ASSESSABLE
    assert given(platform, first) == {"other_keys": [], "unread_gateways": ["deux.test"]}
    archive_target(platform, MACHINE, second)
    clock.forward(days=1)
    assert audited(platform, first, "un.test", shared) is Status.PASSED  # it is the only one left


def test_an_archive_that_is_no_more_is_not_taken_for_an_empty_one(platform: Platform, hospitals: Hospitals) -> None:
    first, second = (bastion(platform, hospitals.valley, host) for host in ("un.test", "deux.test"))
    audited(platform, second, "deux.test", key("tm_irm", "SHA256:irm"))
    for content in platform.settings.evidence_dir.rglob("*"):
        if content.is_file():
            content.chmod(0o600)
            content.write_bytes(b"broken")
    assert given(platform, first) == {"other_keys": [], "unread_gateways": ["deux.test"]}


def test_a_bastion_whose_keys_were_cut_off_is_named(
    platform: Platform, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (bastion(platform, hospitals.valley, host) for host in ("un.test", "deux.test"))
    audited(platform, second, "deux.test", key("tm_irm", "SHA256:irm"), key("tm_scanner", "SHA256:scanner"))
    monkeypatch.setattr(other_keys_module, "MOST", 1)
    assert given(platform, first)["unread_gateways"] == ["deux.test"]


def test_the_register_is_given_no_keys(platform: Platform, hospitals: Hospitals) -> None:
    register = TargetDraft("remote_access", "Registre", {"register_csv": "fournisseur;équipement\nA;B\n"})
    target = add_target(platform, MACHINE, hospitals.valley, register)
    assert given(platform, target) == {}


def test_two_targets_of_one_machine_are_no_two_bastions(platform: Platform, hospitals: Hospitals) -> None:
    """Reached by its name and by its address, it shows the same key and bears the same name."""
    first, second = (bastion(platform, hospitals.valley, host) for host in ("un.test", "192.0.2.1"))
    here = {"hostname": "bastion", "host_key": "SHA256:host"}
    shared, refused = key("tm_irm", "SHA256:irm"), Gap("keys", Text("non lu", "not read"))
    audited(platform, second, "192.0.2.1", shared, gaps=(refused,), **here)
    assert given(platform, first)["unread_gateways"] == ["192.0.2.1"]  # nobody knows yet that it is the same
    (told,) = given(platform, first)["other_keys"]
    assert told["machine"] == "bastion SHA256:host"
    audited(platform, first, "un.test", shared, **here)
    assert given(platform, first) == {"other_keys": [], "unread_gateways": []}
    assert given(platform, second) == {"other_keys": [], "unread_gateways": []}


def test_a_clone_that_kept_its_host_key_is_another_bastion(platform: Platform, hospitals: Hospitals) -> None:
    first, second = (bastion(platform, hospitals.valley, host) for host in ("un.test", "deux.test"))
    for number, (target, host) in enumerate(((second, "deux.test"), (first, "un.test"))):
        clone = {"hostname": f"bastion-{number}", "host_key": "SHA256:host"}
        audited(platform, target, host, key("tm_irm", "SHA256:irm"), **clone)
    assert [one["gateway"] for one in given(platform, first)["other_keys"]] == ["deux.test"]
