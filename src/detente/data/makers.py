"""Makers: from a user's copy of public data to the tables of a bundled scenario, by the name in its `data.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from detente.data import strikes

MAKERS: Mapping[str, Callable[[], dict[str, bytes]]] = {"strikes": strikes.tables}
