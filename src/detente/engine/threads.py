"""Work shared by the cores of this machine: blocks of draws, each for a thread of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

BLOCKS = 4  # for every thread: so many that one slow block leaves no core idle for long (assumption)


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


def in_blocks(size: int, work: Callable[[int, int], object]) -> None:
    """Call `work(low, high)` for blocks that cover 0 .. size, in several threads when there are several blocks."""
    threads = count()
    step = max(1, -(-size // (threads * BLOCKS)))
    blocks = [(low, min(size, low + step)) for low in range(0, size, step)]
    if threads == 1 or len(blocks) < 2:
        for low, high in blocks:
            work(low, high)
        return
    for done in [_pool(threads, os.getpid()).submit(work, low, high) for low, high in blocks]:
        done.result()
