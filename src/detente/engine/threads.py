"""Work shared by the cores of this machine: machine code by as many threads as there are cores, Python by two.

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

_lock = threading.Lock()
_more = 0  # threads of Python besides the first, which keep a core each


def count() -> int:
    """How many threads work at once: as many as this process may use cores; DETENTE_THREADS overrides it."""
    asked = os.environ.get("DETENTE_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=4)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Kept for the life of the process; a forked process has its own, for threads are not copied."""
    return ThreadPoolExecutor(threads, thread_name_prefix="detente")


def at_once(most: int, work: Callable[[], object]) -> None:
    """Call `work` in this thread and in others, `most` in all at most: what is to be done they take from each other."""
    others = min(count() - _more, most) - 1
    waiting = [_pool(count(), os.getpid()).submit(work) for _ in range(others)]
    try:
        work()
    finally:
        begun = [other for other in waiting if not other.cancel()]  # one that has not begun has nothing left to do
        wait(begun)
    for other in begun:
        other.result()


def together(*work: Callable[[], Any]) -> list[Any]:
    """What each of these gives, worked out by two threads.

    Raises:
        What the first of them that fails raises, in their order; those after it are not begun.
    """
    if count() == 1 or len(work) < 2:
        return [each() for each in work]
    left = iter(enumerate(work))
    found: list[Any] = [None] * len(work)
    failed: dict[int, BaseException] = {}

    def some() -> None:
        while not failed:
            with _lock:
                number, each = next(left, (0, None))
            if each is None:
                return
            try:
                found[number] = each()
            except BaseException as error:
                failed[number] = error
                if not isinstance(error, Exception):  # somebody wants to stop, and not to wait
                    raise

    with _two() as one_is_done:
        run = contextvars.copy_context().run
        other = threading.Thread(target=run, args=(_then(some, one_is_done),), daemon=True)
        other.start()
        _then(some, one_is_done)()
        other.join()
    for number in sorted(failed):
        raise failed[number]
    return found


@contextmanager
def _two() -> Iterator[Callable[[], None]]:
    """Two threads of Python, until what is yielded was called."""
    global _more
    done = False

    def one_is_done() -> None:
        global _more
        nonlocal done
        with _lock:
            _more -= not done
            done = True

    with _lock:
        _more += 1
    try:
        yield one_is_done
    finally:
        one_is_done()


def _then(work: Callable[[], None], after: Callable[[], None]) -> Callable[[], None]:
    def both() -> None:
        work()
        after()

    return both
