"""The demonstration of a region: a simulated nation on a running platform, with its accounts.

Each start makes the data again from the same seed; `DEMO_EXIT=1` ends once the platform answered.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from care.config import load
from care.domain.access import Level, Place, Role
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.wiring import build_platform
from scanners.errors import SaidError
from tools.region_data import Nation, Site, make_figures, plant_nation
from tools.region_life import live, report
from tools.served import ROOT, DemoError, Person, Where, asked_place, open_accounts, refuse_taken_port, served

NOTICE = "Données simulées : établissements, chiffres et alertes sont inventés."
REGION = "53"
"""INSEE code of the region whose centre is shown at work."""
MARK = "simulation"
"""A file of this name says that a folder was made here, and may be made again."""
console = Console(highlight=False)


@dataclass(frozen=True)
class Simulated:
    """What was made: a nation, the page of its region, and the password of each account."""

    nation: Nation
    address: str
    accounts: dict[str, str]


def main() -> int:
    """Exit code 0, or 3 when it could not run."""
    place = asked_place("demo-region", 8001)
    try:
        refuse_taken_port(place.port)
        empty(place)
        console.print("Simulation des dix-huit régions, de leurs établissements et de vingt-quatre mois de chiffres…")
        platform = build_platform(load(environment(place), ROOT))
        made = simulate(platform, place.folder)
        platform.database.close()
        with served(place, environment(place)), suppress(KeyboardInterrupt):
            _say(place, made)
            if os.environ.get("DEMO_EXIT") != "1":
                signal.pause()
    except SaidError as error:
        print(error.text.fr, file=sys.stderr)
        return 3
    return 0


def environment(place: Where) -> dict[str, str]:
    """The settings of the platform: every page says that its data are simulated."""
    return {**place.environment, "CARE_NOTICE": NOTICE}


def empty(place: Where) -> None:
    """Take away what a former demonstration left. DemoError for a folder that is not one."""
    data = place.folder / "data"
    if data.exists() and not (place.folder / MARK).exists():
        raise DemoError(
            f"{data} existe et ne vient pas de cette démonstration : choisissez un autre dossier avec DEMO_DIR.",
            f"{data} exists and does not come from this demonstration: choose another folder with DEMO_DIR.",
        )
    place.folder.mkdir(parents=True, exist_ok=True)
    (place.folder / MARK).touch()
    shutil.rmtree(data, ignore_errors=True)
    (place.folder / "comptes.json").unlink(missing_ok=True)


def simulate(platform: Platform, folder: Path, scale: float = 1.0, months: int = 24) -> Simulated:
    """Fill an empty platform. `scale` multiplies the number of establishments."""
    prepare_database(platform)
    nation = plant_nation(platform, scale, months)
    live(platform, nation, REGION)
    make_figures(platform, nation.months)
    report(platform, nation, REGION)
    region = nation.regions[REGION]
    here = Place(Level.ESTABLISHMENT, hosted(nation).id)
    people = (
        Person("admin", "Administrateur de démonstration"),
        Person("grades", "Maya Petit, centre régional", Role.REGIONAL, Place(Level.REGION, region)),
        Person("rssi", "Anaïs Le Goff, RSSI", Role.CISO, here),
    )
    return Simulated(nation, f"/regions/region-{region}", open_accounts(platform, folder / "comptes.json", people))


def hosted(nation: Nation) -> Site:
    """An establishment of the region that has no installation of its own: its CISO works on this platform.

    Any will do in a region so small that each has one."""
    sites = nation.of(REGION)
    return next((one for one in sites if one.id not in nation.federated), sites[0])


def _say(place: Where, made: Simulated) -> None:
    nation = made.nation
    console.print(f"{len(nation.sites)} établissements simulés, {len(nation.senders)} installations fédérées.")
    console.print(f"Tableau de bord : {place.url}{made.address}", markup=False)
    console.print(f"Vue nationale :   {place.url}/regions/national/map", markup=False)
    for login, password in made.accounts.items():
        console.print(f"  {login:<10} {password}", markup=False)
    console.print("Ctrl-C pour éteindre.")


if __name__ == "__main__":
    sys.exit(main())
