"""A campaign of a region: 300 establishments, two targets of 16 addresses each, workers that die on the way.

    .venv/bin/python -m bench.region_campaign [--establishments 300] [--dies-every 50]

Collections are stand-ins (the scanner has its own benches): what is measured is the platform, from the claim to the
recording, and what is checked is that every audit is recorded exactly once, whoever dies, and that establishments take
turns. Exit code 1 otherwise.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from care import config
from care.domain.access import machine_scope
from care.domain.jobs import JobState
from care.services.setup import prepare_database
from care.wiring import build_platform
from tests.support.campaigns import campaign
from tests.support.clock import FixedClock
from tests.support.people import plant_hospitals
from tests.support.ports import MemoryDoorbell, PlannedCollect


def main() -> int:
    """Do the campaign, tell how long it took and what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--establishments", type=int, default=300)
    parser.add_argument("--dies-every", type=int, default=50)
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)  # every death is logged
    with tempfile.TemporaryDirectory(prefix="care-bench-") as name:
        built = build_platform(config.load({"CARE_DATA_DIR": name}, Path(name)))
        clock = FixedClock()
        platform = replace(built, clock=clock, collect=PlannedCollect(), doorbell=MemoryDoorbell())
        prepare_database(platform)
        hospitals = plant_hospitals(platform)
        began = time.perf_counter()
        done = campaign(platform, machine_scope("bench"), hospitals, clock, chosen.establishments, chosen.dies_every)
        seconds = time.perf_counter() - began
        platform.database.close()
        built.doorbell.close()
    asked = 2 * chosen.establishments
    faults = []
    if done.states != {JobState.DONE: asked} or set(done.recorded.values()) != {1} or len(done.recorded) != asked:
        faults.append(f"lost or doubled: {dict(done.states)}, {len(done.recorded)} targets recorded")
    if done.served_before_a_second_turn < min(chosen.establishments, chosen.dies_every) - 1:
        faults.append(f"{done.served_before_a_second_turn} establishments only before the first one came again")
    rate = asked / seconds
    print(f"{asked} audits, {done.deaths} workers dead: {seconds:.1f} s, {rate:.1f} audits a second, SQLite")
    print(*(faults or ["Every audit recorded once, establishments in turn."]), sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
