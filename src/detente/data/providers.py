"""What a provider is: how its files look, how they are told apart, and how a row becomes an event."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detente.data.cells import Cells
from detente.data.coding import Coding
from detente.data.delimited import Form
from detente.scenario.reader import ABSENT

if TYPE_CHECKING:
    from polars import Expr


Reader = Callable[[Cells, Coding], "Mapping[str, Expr]"]


@dataclass(frozen=True)
class Provider:
    """One kind of file of one public data set.

    `columns`: the fields of a file without a header, or those that a header is known by. `header`: yes, no or maybe.
    `read` turns the cells of a block into columns of the event table; `rung` and `action` come from the coding table,
    and what it leaves out is empty.
    """

    id: str
    title: str
    licence: str
    cite: str
    columns: tuple[str, ...]
    read: Reader
    scheme: str
    form: Form = field(default_factory=Form)
    header: str = "yes"
    widths: tuple[int, ...] = ()  # of rows, where they may differ
    keep: tuple[str, ...] = ()  # columns that `read` uses; all when empty
    also: tuple[tuple[str, Reader], ...] = ()  # more events of the same row: their scheme and how they are read
    names: Mapping[str, str] = field(default_factory=dict)  # another spelling of a column: ours
    absent: tuple[str, ...] = ABSENT  # words for a value that is not known, in any column


def plain(name: str) -> str:
    """A column name in lower case with underscores, as headers are compared; letters of any alphabet."""
    return re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")


def recognise(cells: Sequence[str], provider: Provider) -> list[str] | None:
    """The names of a file's fields if its first row may be this provider's, else None.

    `cells`: the first row, split by the provider's own separator.
    """
    names = [provider.names.get(plain(cell), plain(cell)) for cell in cells]
    if provider.header != "no" and set(provider.columns) <= set(names) and len(set(names)) == len(names):
        return names
    if provider.header == "yes":
        return None
    widths = provider.widths or (len(provider.columns),)
    headerless = len(cells) in widths and re.fullmatch(r"-?\d+", cells[0].strip()) is not None
    return list(provider.columns) if headerless else None
