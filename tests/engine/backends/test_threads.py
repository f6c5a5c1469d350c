"""Work shared by threads: everything is done once, errors come back, and cores are left to whom they belong."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from detente.engine.backends import threads


@pytest.fixture(params=["1", "2", "8"])
def cores(request, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("DETENTE_THREADS", request.param)
    return int(request.param)


def helpers(most: int = 100) -> int:
    """How many threads `at_once` gives some work to, when all of them wait for each other."""
    present, everybody = [], threading.Barrier(max(1, min(threads.count() - threads._more, most)))

    def work() -> None:
        everybody.wait(timeout=30)
        present.append(threading.get_ident())

    threads.at_once(most, work)
    assert len(set(present)) == len(present)
    return len(present)


def test_as_many_threads_as_cores_and_no_more_than_wanted(cores: int):
    assert helpers() == cores
    assert helpers(3) == min(3, cores)


def test_errors_of_other_threads_come_back(cores: int):
    everybody = threading.Barrier(cores)

    def work() -> None:
        everybody.wait(timeout=30)
        if cores == 1 or threading.current_thread() is not threading.main_thread():
            raise ArithmeticError("in a thread")

    with pytest.raises(ArithmeticError, match="in a thread"):
        threads.at_once(cores, work)


def test_results_are_in_order(cores: int):
    assert threads.together(*(lambda i=i: i**2 for i in range(20))) == [i**2 for i in range(20)]
    assert threads.together() == []


def test_the_first_error_in_order_is_raised(cores: int):
    def fails(error: Exception):
        raise error

    with pytest.raises(KeyError):
        threads.together(lambda: 1, lambda: fails(KeyError("b")), lambda: fails(ValueError("c")))
    assert threads._more == 0


def test_a_second_thread_of_python_keeps_a_core(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DETENTE_THREADS", "4")
    both, found = threading.Barrier(2), []

    def piece() -> None:
        both.wait(timeout=30)
        found.append(helpers())
        both.wait(timeout=30)

    threads.together(piece, piece)
    assert found == [3, 3]
    assert helpers() == 4, "when all is done"


def test_two_in_one_of_two(monkeypatch: pytest.MonkeyPatch):
    """Three threads of Python on two cores: machine code of each runs in its own thread alone."""
    monkeypatch.setenv("DETENTE_THREADS", "2")
    three, found = threading.Barrier(3), []

    def piece() -> int:
        three.wait(timeout=30)
        found.append(helpers())
        three.wait(timeout=30)
        return 1

    assert threads.together(lambda: threads.together(piece, piece), piece) == [[1, 1], 1]
    assert found == [1, 1, 1]
    assert threads._more == 0


def test_what_numpy_was_told_holds_in_both(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DETENTE_THREADS", "2")
    both = threading.Barrier(2)

    def piece() -> str:
        both.wait(timeout=30)
        return np.geterr()["divide"]

    with np.errstate(divide="ignore"):
        assert threads.together(piece, piece) == ["ignore", "ignore"]


def test_who_wants_to_stop_does_not_wait(monkeypatch: pytest.MonkeyPatch):
    """Nothing more is begun, and the piece that still runs in the other thread is left alone."""
    monkeypatch.setenv("DETENTE_THREADS", "2")
    both, end, begun = threading.Barrier(2), threading.Event(), []

    def piece() -> None:
        begun.append(threading.current_thread())
        both.wait(timeout=30)
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        end.wait(timeout=30)

    with pytest.raises(KeyboardInterrupt):
        threads.together(piece, piece, piece)
    end.set()
    for thread in begun:
        if thread is not threading.main_thread():
            thread.join(timeout=30)
    assert len(begun) == 2
    assert threads._more == 0
