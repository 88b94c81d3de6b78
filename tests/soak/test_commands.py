"""`python -m bench` and `python -m bench.soak`: exit codes that a script can trust."""

from __future__ import annotations

import sys

import pytest

from bench import __main__ as bench
from bench import soak
from bench.soak_result import Soaked


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("pass", bench.KEPT),
        ("raise SystemExit(1)", bench.PASSED_OVER),
        ("raise ValueError('no lab')", bench.NOT_RUN),
        ("raise SystemExit(2)", bench.NOT_RUN),
    ],
)
def test_a_bench_that_could_not_run_is_not_one_that_is_slow(program: str, code: int) -> None:
    assert bench.run([sys.executable, "-c", program], "trial") == code


def test_an_unknown_bench_is_refused() -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(["ad_colect"])


def engine(fault: str) -> object:
    return lambda _options: Soaked("Trial", ("| x |",), (fault,) if fault else ())


def unable(_options: soak.Options) -> Soaked:
    raise RuntimeError("PostgreSQL is not installed")


def test_the_soak_ends_with_the_worst_of_its_engines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(soak, "ENGINES", {"good": engine(""), "bad": engine("lost a job"), "absent": unable})
    assert soak.main(["good"]) == 0
    assert soak.main(["good", "bad"]) == 1
    assert soak.main([]) == 3
    said = capsys.readouterr().out
    assert "FAULT: lost a job" in said
    assert "could not run: PostgreSQL is not installed" in said
