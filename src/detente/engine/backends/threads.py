"""Work shared by the cores of this machine: machine code by as many threads as there are cores, Python by few.

One interpreter runs all Python, so it is not hurried by more threads of it; but while one thread waits for machine code
another can go on, and then it needs a core that machine code leaves to it.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from threadpoolctl import threadpool_limits

_lock = threading.Lock()
_more = 0  # threads of Python besides the first, to each of which machine code leaves a core


def count() -> int:
    """How many threads work at once: as many as this process may use cores; DETENTE_THREADS overrides it."""
    asked = os.environ.get("DETENTE_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS by one thread: matrices are small, the cores are at work already, and sums have the same bits everywhere."""
    with threadpool_limits(1, "blas"):
        yield


@lru_cache(maxsize=4)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Kept for the life of the process; a forked process has its own, for threads are not copied."""
    return ThreadPoolExecutor(threads, thread_name_prefix="detente")


def at_once(most: int, work: Callable[[], object]) -> None:
    """Call `work` in this thread and in others, `most` in all at most: what is to be done they take from each other."""
    others = max(0, min(count() - _more, most) - 1)
    waiting = [_pool(count(), os.getpid()).submit(work) for _ in range(others)]
    try:
        work()
    finally:
        begun = [other for other in waiting if not other.cancel()]  # one that has not begun has nothing left to do
        wait(begun)
    for other in begun:
        other.result()


def _python(more: int) -> None:
    """So many more threads of Python."""
    global _more
    with _lock:
        _more += more


def together(*work: Callable[[], Any]) -> list[Any]:
    """What each of these gives, worked out by this thread and one more. When one fails no more are begun, and those at
    work are waited for; an interrupt waits for nothing, and what the other thread has begun goes on left out.

    Raises:
        What the first of them that failed raised, in their order.
    """
    if count() == 1 or len(work) < 2:
        return [each() for each in work]
    left, found, failed = iter(enumerate(work)), [None] * len(work), dict[int, BaseException]()
    both = True  # threads are at work

    def some() -> None:
        nonlocal both
        number = len(work)
        try:
            while not failed:
                with _lock:
                    number, each = next(left, (len(work), None))
                if each is None:
                    break
                found[number] = each()
        except BaseException as error:
            failed[number] = error
        finally:
            with _lock:
                first, both = both, False
            _python(-first)  # the other is alone from now on

    _python(1)
    other = threading.Thread(target=contextvars.copy_context().run, args=(some,), daemon=True)
    other.start()
    some()
    for error in list(failed.values()):
        if not isinstance(error, Exception):  # somebody wants to stop, and not to wait
            raise error
    while other.is_alive():
        other.join(0.2)  # an interrupt is not heard in a wait without an end everywhere
    if failed:
        raise failed[min(failed)]
    return found
