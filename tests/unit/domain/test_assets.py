"""Things seen from outside: new, changed, gone, back; and silence where nobody looked."""

from __future__ import annotations

from care.domain.assets import AssetChange, AssetKind, KnownAsset, SeenAsset, confront_assets

WEB = "192.0.2.7:443/tcp"


def known(gone: bool = False, **traits: str) -> KnownAsset:
    return KnownAsset(1, AssetKind.SERVICE, WEB, traits, gone)


def seen(**traits: str) -> SeenAsset:
    return SeenAsset(AssetKind.SERVICE, WEB, traits)


def test_what_was_never_seen_is_new() -> None:
    (step,) = confront_assets([], [seen(product="nginx")], lambda _kind, _key: True)
    assert (step.change, step.known, step.traits) == (AssetChange.NEW, None, {"product": "nginx"})


def test_what_is_the_same_changes_nothing_and_what_could_not_be_read_stays_known() -> None:
    (step,) = confront_assets(
        [known(product="nginx", version="1.22")], [seen(product="nginx", version="")], lambda _kind, _key: True
    )
    assert (step.change, dict(step.traits)) == (None, {"product": "nginx", "version": "1.22"})


def test_a_trait_learnt_for_the_first_time_is_kept_without_being_a_change() -> None:
    (step,) = confront_assets([known(product="")], [seen(product="nginx")], lambda _kind, _key: True)
    assert (step.change, dict(step.traits), step.differences) == (None, {"product": "nginx"}, {})


def test_a_trait_that_differs_is_a_change_told_before_and_after() -> None:
    (step,) = confront_assets([known(version="1.22")], [seen(version="1.26")], lambda _kind, _key: True)
    assert (step.change, step.differences) == (AssetChange.CHANGED, {"version": ("1.22", "1.26")})


def test_what_is_missing_is_gone_only_where_the_audit_looked_and_once() -> None:
    assert confront_assets([known()], [], lambda _kind, key: key != WEB) == ()
    (step,) = confront_assets([known(product="nginx")], [], lambda _kind, _key: True)
    assert (step.change, dict(step.traits)) == (AssetChange.GONE, {"product": "nginx"})
    assert confront_assets([known(gone=True)], [], lambda _kind, _key: True) == ()


def test_what_was_gone_is_back_with_what_differs() -> None:
    (step,) = confront_assets([known(gone=True, version="1")], [seen(version="2")], lambda _kind, _key: True)
    assert (step.change, step.differences) == (AssetChange.BACK, {"version": ("1", "2")})
