"""Things seen from outside: new, changed, gone, back; and silence where nobody looked."""

from __future__ import annotations

from dataclasses import replace

from care.domain.assets import AssetChange, AssetKind, KnownAsset, SeenAsset, confront_assets

WEB = "192.0.2.7:443/tcp"


def heard(_key: str) -> bool:
    """Something answered everywhere, be it to refuse."""
    return False


def known(gone: bool = False, **traits: str) -> KnownAsset:
    return KnownAsset(1, AssetKind.SERVICE, WEB, traits, gone)


def seen(**traits: str) -> SeenAsset:
    return SeenAsset(AssetKind.SERVICE, WEB, traits)


def test_what_was_never_seen_is_new() -> None:
    (step,) = confront_assets([], [seen(product="nginx")], lambda _kind, _key: True, heard)
    assert (step.change, step.known, step.traits) == (AssetChange.NEW, None, {"product": "nginx"})


def test_what_is_the_same_changes_nothing_and_what_could_not_be_read_stays_known() -> None:
    (step,) = confront_assets(
        [known(product="nginx", version="1.22")], [seen(product="nginx", version="")], lambda _kind, _key: True, heard
    )
    assert (step.change, dict(step.traits)) == (None, {"product": "nginx", "version": "1.22"})


def test_a_trait_learnt_for_the_first_time_is_kept_without_being_a_change() -> None:
    (step,) = confront_assets([known(product="")], [seen(product="nginx")], lambda _kind, _key: True, heard)
    assert (step.change, dict(step.traits), step.differences) == (None, {"product": "nginx"}, {})


def test_a_trait_that_differs_is_a_change_told_before_and_after() -> None:
    (step,) = confront_assets([known(version="1.22")], [seen(version="1.26")], lambda _kind, _key: True, heard)
    assert (step.change, step.differences) == (AssetChange.CHANGED, {"version": ("1.22", "1.26")})


def test_what_is_missing_is_gone_only_where_the_audit_looked_and_once() -> None:
    assert confront_assets([known()], [], lambda _kind, key: key != WEB, heard) == ()
    (step,) = confront_assets([known(product="nginx")], [], lambda _kind, _key: True, heard)
    assert (step.change, dict(step.traits)) == (AssetChange.GONE, {"product": "nginx"})
    assert confront_assets([known(gone=True)], [], lambda _kind, _key: True, heard) == ()


def test_what_was_gone_is_back_with_what_differs() -> None:
    (step,) = confront_assets([known(gone=True, version="1")], [seen(version="2")], lambda _kind, _key: True, heard)
    assert (step.change, step.differences) == (AssetChange.BACK, {"version": ("1", "2")})


def test_where_nothing_at_all_answers_two_audits_in_a_row_are_wanted() -> None:
    (first,) = confront_assets([known(product="nginx")], [], lambda _kind, _key: True, lambda key: key == WEB)
    assert (first.change, first.silent, dict(first.traits)) == (None, True, {"product": "nginx"})
    waiting = replace(known(), silent=True)
    (second,) = confront_assets([waiting], [], lambda _kind, _key: True, lambda key: key == WEB)
    assert (second.change, second.silent) == (AssetChange.GONE, False)
    (refused,) = confront_assets([waiting], [], lambda _kind, _key: True, heard)
    assert refused.change is AssetChange.GONE
    assert confront_assets([waiting], [], lambda _kind, _key: False, lambda _key: True) == (), "nobody looked there"
