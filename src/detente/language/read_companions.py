"""`beside`: other scenarios whose fit is shown next to this one's results, as it was kept in their folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detente.result.run import KeptFit
from detente.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from detente.text.fields import Field

FITTED = "fitted.json"  # what `detente fit SCENARIO --json` printed


def read_beside(field: Field, known: Sequence[str], folder: Callable[[str], Path]) -> dict[str, KeptFit]:
    """The kept fits, by scenario.

    Args:
        field: the list of bundled scenarios' names.
        known: every bundled scenario.
        folder: from such a name to its folder.
    """
    found: dict[str, KeptFit] = {}
    for item in field.items():
        name = item.text()
        if name not in known:
            item.bad(f"a bundled scenario: {', '.join(known)}", hint=did_you_mean(name, known))
            continue
        try:
            found[name] = msgspec.json.decode((folder(name) / FITTED).read_bytes(), type=KeptFit)
        except (OSError, msgspec.MsgspecError):
            item.bad(f"a scenario that keeps its fit in {FITTED}", hint=f"detente fit {name} --json writes it")
    return found
