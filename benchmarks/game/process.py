"""A program of the reference game as the contest sees it: a process that plays when asked, and a time limit on it."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from benchmarks.game.absent import AbsentError
from benchmarks.game.contestants import OURS, Contestant
from benchmarks.measure import Deadline, OutOfTimeError

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class FailedError(Exception):
    """A program ended when it should have answered; the message is the end of what it said."""


class Process:
    """A contestant's process. Close it, or use it in a `with`."""

    def __init__(self, who: Contestant, cores: int, hazard: float, deadline: Deadline) -> None:
        """Start it and wait until it is ready; `ready` is then what that took: {"seconds", "cpu"}.

        Raises:
            AbsentError: What it needs is not here.
            FailedError: It ended instead.
            OutOfTimeError: The deadline came first.
        """
        if who.package and importlib.util.find_spec(who.package) is None:
            needs = f", which needs {who.needs}" if who.needs else ""
            raise AbsentError(f"{who.package} is not installed{needs}: pip install -e '.[bench]'")
        self.deadline = deadline
        self.folder = tempfile.TemporaryDirectory()
        self.said = Path(self.folder.name, "said").open("w+", encoding="utf-8", errors="replace")
        environment = {**os.environ, "DETENTE_CACHE": self.folder.name}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        if not who.name.startswith(OURS):  # threads inside matrix products slow the others down; ours sees to its own
            environment |= ONE_THREAD | {"NUMBA_NUM_THREADS": str(min(cores, who.cores))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.game.worker", who.prepare, str(min(cores, who.cores)), str(hazard)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
            env=environment,
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self.ready = self._answer()
        except (FailedError, OutOfTimeError):
            self.close()
            raise
        if "absent" in self.ready:
            self.close()
            raise AbsentError(self.ready["absent"])

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _answer(self) -> dict[str, Any]:
        try:
            line = self.lines.get(timeout=self.deadline.left())
        except queue.Empty:
            raise OutOfTimeError from None
        if line is None:
            self.said.seek(0)
            raise FailedError(" | ".join(self.said.read().strip().splitlines()[-3:]) or "it said nothing")
        return json.loads(line)

    def play(self, futures: int, seed: int) -> dict[str, Any]:
        """{"seconds", "cpu", "outcome"} of so many futures.

        Raises:
            FailedError: It ended instead.
            OutOfTimeError: The deadline came first.
        """
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"futures": futures, "seed": seed}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:  # why it ended is what `_answer` tells
            return self._answer()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
        self.said.close()
        self.folder.cleanup()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
