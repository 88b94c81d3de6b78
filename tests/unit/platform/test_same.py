"""One fragment is made once for all who ask for it at once, and again a moment later."""

from __future__ import annotations

import threading

import pytest

from care.web.same import Same


def test_the_same_question_is_answered_once_then_again_a_moment_later() -> None:
    time, made = [0.0], []

    def make() -> str:
        made.append(1)
        return f"answer {len(made)}"

    same = Same(lambda: time[0])
    assert [same.made("a", make), same.made("a", make), same.made("b", make)] == ["answer 1", "answer 1", "answer 2"]
    time[0] = 2.0
    assert same.made("a", make) == "answer 3"


def test_who_asks_while_it_is_being_made_waits_for_it() -> None:
    same, gate, made, got = Same(), threading.Event(), [], []

    def make() -> str:
        made.append(1)
        gate.wait(20)
        return "answer"

    threads = [threading.Thread(target=lambda: got.append(same.made("a", make))) for _ in range(5)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(20)
    assert (len(made), got) == (1, ["answer"] * 5)


def test_what_could_not_be_made_is_made_for_the_next() -> None:
    same = Same()
    with pytest.raises(ZeroDivisionError):
        same.made("a", lambda: str(1 // 0))
    assert same.made("a", lambda: "answer") == "answer"
