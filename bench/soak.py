"""Long runs that look for what no single test sees, each with its size and its seed.

    .venv/bin/python -m bench.soak [fuzz chaos load guesses directory] [--seed 1] [--short]
        [--inputs 3000] [--fuzz-seconds 900] [--jobs 400] [--database sqlite] [--clients 50] [--seconds 300]
        [--attempts 50000] [--objects 100000] [--rounds 3]

Without names every engine runs: half an hour for the first four, then the directory, whose growth takes some
minutes, once a week. `--short` takes about three minutes in all. What is printed is
ready for RESULTS.md. Exit code 1 when a fault was found, 3 when something could not run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bench.soak_result import Soaked

Options = argparse.Namespace
SHORT = {
    "inputs": 30,
    "fuzz_seconds": 60.0,
    "jobs": 12,
    "clients": 10,
    "seconds": 10.0,
    "attempts": 3000,
    "objects": 5000,
    "rounds": 1,
}


def fuzz(options: Options) -> Soaked:
    """Hostile bytes into every reader."""
    from bench import soak_fuzz
    from bench.soak_entrances import entrances

    with entrances() as doors:
        return soak_fuzz.run(doors, options.inputs, options.seed, options.fuzz_seconds)


def chaos(options: Options) -> Soaked:
    """Workers killed, on one database or on both."""
    from bench import soak_chaos

    names = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    parts = [soak_chaos.run(options.jobs, options.seed, name) for name in names]
    table = [*parts[0].table, *(line for part in parts[1:] for line in part.table[2:])]
    return Soaked(f"Chaos, seed {options.seed}", tuple(table), tuple(fault for part in parts for fault in part.faults))


def load(options: Options) -> Soaked:
    """Many readers at once."""
    from bench import soak_load

    return soak_load.run(options.clients, options.seconds, options.seed)


def guesses(options: Options) -> Soaked:
    """Failed sign-ins, for hours of a clock of their own."""
    from bench import soak_guesses

    return soak_guesses.run(options.attempts)


def directory(options: Options) -> Soaked:
    """A large directory."""
    from bench import soak_directory

    return soak_directory.run(options.objects, options.rounds)


ENGINES: Mapping[str, Callable[[Options], Soaked]] = {
    "fuzz": fuzz,
    "chaos": chaos,
    "load": load,
    "guesses": guesses,
    "directory": directory,
}


def main(words: list[str] | None = None) -> int:
    """Run the engines asked for; 0 all well, 1 a fault, 3 something could not run."""
    options = _options(words)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · Python {platform.python_version()} · {os.cpu_count()} cores\n")
    codes = [_run(name, options) for name in options.engines or ENGINES]
    return max(codes)


def _run(name: str, options: Options) -> int:
    begin = time.monotonic()
    try:
        soaked = ENGINES[name](options)
    except (RuntimeError, OSError) as error:
        print(f"## {name}\n\ncould not run: {error}\n")
        return 3
    except AssertionError as error:
        print(f"## {name}\n\nFAULT: {error}\n")
        return 1
    print(soaked.text())
    print(f"{name}: {time.monotonic() - begin:.0f} s, load {os.getloadavg()[0]:.1f}\n", flush=True)
    return int(bool(soaked.faults))


def _options(words: list[str] | None) -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", choices=[[], *ENGINES], metavar="ENGINE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="every engine small: about two minutes")
    parser.add_argument("--inputs", type=int, default=3000, help="fuzz: hostile inputs for each reader")
    parser.add_argument("--fuzz-seconds", type=float, default=900.0, help="fuzz: stop after that long")
    parser.add_argument("--jobs", type=int, default=400, help="chaos: jobs to end")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both", help="chaos")
    parser.add_argument("--clients", type=int, default=50, help="load: people at once")
    parser.add_argument("--seconds", type=float, default=300.0, help="load: how long")
    parser.add_argument("--attempts", type=int, default=50_000, help="guesses: failed sign-ins")
    parser.add_argument("--objects", type=int, default=100_000, help="directory: objects")
    parser.add_argument("--rounds", type=int, default=3, help="directory: rounds of measures")
    options = parser.parse_args(words)
    if options.short:
        vars(options).update(SHORT)
    return options


if __name__ == "__main__":
    sys.exit(main())
