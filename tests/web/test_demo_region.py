"""The demonstration of a region: what a new user opens, small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from care.config import load
from care.domain.finess import Key, check
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.store.alerts import AlertPlace
from care.store.indicators import IndicatorFigure, IndicatorValue
from care.store.registry import Establishment, Ght, LegalEntity, Region
from care.web import create_app
from care.wiring import build_platform
from tools import demo_region
from tools.demo_region import Simulated
from tools.region_data import plant_nation
from tools.served import DemoError, Where


def made(folder: Path) -> tuple[Platform, Simulated]:
    platform = build_platform(load(demo_region.environment(Where(folder, 8001)), folder))
    return platform, demo_region.simulate(platform, folder, scale=0.15, months=3)


def test_a_small_one_opens_and_says_that_it_is_simulated(tmp_path: Path) -> None:
    platform, simulated = made(tmp_path)
    app = create_app(platform, platform.settings)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    accounts = json.loads((tmp_path / "comptes.json").read_text())
    assert set(accounts) == {"admin", "grades", "rssi"}
    assert demo_region.NOTICE in client.get("/sign-in").text
    client.post("/sign-in", data={"login": "grades", "password": accounts["grades"]})
    page = client.get(simulated.address).text
    assert "Bretagne (simulation)" in page
    assert demo_region.NOTICE in page
    assert "sollicités" in page
    assert "(simulé)" in client.get("/support").text
    assert "Passerelle d’accès à distance" in client.get("/alerts").text

    with platform.database.read() as session:
        for kind in (Establishment, LegalEntity, Ght):
            assert all("simulé" in name for name in session.scalars(select(kind.name)))
        assert session.scalar(select(func.count()).select_from(Region).where(Region.name.not_like("%simulation%"))) == 0
        numbers = [*session.scalars(select(Establishment.finess)), *session.scalars(select(LegalEntity.finess))]
        assert {check(one).key for one in numbers} == {Key.RIGHT}
        assert all(one.startswith("99") for one in numbers), "99 is no department"
        assert len(set(session.scalars(select(IndicatorFigure.month)))) == 3
        hidden = set(session.scalars(select(IndicatorFigure.hidden)))
        assert hidden == {True, False}
        assert len(set(session.scalars(select(AlertPlace.exposure)))) > 2
    platform.database.close()


def test_the_same_seed_gives_the_same_nation(tmp_path: Path) -> None:
    told = []
    for name in ("one", "other"):
        platform = build_platform(load({"CARE_DATA_DIR": str(tmp_path / name)}, tmp_path))
        prepare_database(platform)
        nation = plant_nation(platform, scale=0.05, months=2)
        with platform.database.read() as session:
            rows = session.execute(
                select(IndicatorValue.indicator, IndicatorValue.holder_id, IndicatorValue.numerator).order_by(
                    IndicatorValue.indicator, IndicatorValue.month, IndicatorValue.holder_id
                )
            ).all()
        told.append((nation.sites, nation.senders, rows))
        platform.database.close()
    assert told[0] == told[1]


def test_a_folder_that_is_not_its_own_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "data" / "care.sqlite3"
    kept.parent.mkdir()
    kept.write_bytes(b"precious")
    with pytest.raises(DemoError, match="DEMO_DIR"):
        demo_region.empty(Where(tmp_path, 8001))
    assert kept.read_bytes() == b"precious"
    (tmp_path / demo_region.MARK).touch()
    demo_region.empty(Where(tmp_path, 8001))
    assert not kept.exists()
