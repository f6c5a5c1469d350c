"""What a provider is: how its files look, how they are told apart, and how a row becomes an event."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from detente.events.cells import Cells
from detente.events.coding import Coding
from detente.events.delimited import SEPARATORS, Form, is_row, split
from detente.text.fields import ABSENT

if TYPE_CHECKING:
    from polars import Expr


Reader = Callable[[Cells, Coding], "Mapping[str, Expr]"]
Release = tuple[int, ...]


@dataclass(frozen=True)
class Provider:
    """One kind of file of one public data set.

    `core`: the columns that a header must have, in any order among others. `columns`: the fields of a file without a
    header. `told`: columns that `read` does without, but whose absence a reader of the result should know. `read` turns
    the cells of a block into columns of the event table; `rung` and `action` come from the coding table, and what it
    leaves out is empty.
    """

    id: str
    title: str
    licence: str
    cite: str
    core: tuple[str, ...]
    read: Reader
    scheme: str
    form: Form = field(default_factory=Form)
    any_form: bool = True  # whether a file with a header may have other separators than `form`
    columns: tuple[str, ...] = ()  # no file without a header when empty
    widths: tuple[int, ...] = ()  # of rows of a file without a header, where they may differ
    told: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()  # columns that only another provider's header has
    keep: tuple[str, ...] = ()  # columns that `read` uses; all when empty
    also: tuple[tuple[str, Reader], ...] = ()  # more events of the same row: their scheme and how they are read
    typed: tuple[str, ...] = ()  # columns of text that a typed file may not hold as numbers
    names: Mapping[str, str] = field(default_factory=dict)  # another spelling of a column: ours
    release: Callable[[str], Release] = lambda name: ()  # how new a file is, where its name tells
    dated: bool = False  # whether rows say when they were revised
    absent: tuple[str, ...] = ABSENT  # words for a value that is not known, in any column

    @property
    def fields(self) -> tuple[int, ...]:
        """The numbers of fields that a row of a file without a header may have."""
        return self.widths or ((len(self.columns),) if self.columns else ())


@dataclass(frozen=True)
class Known:
    """How a file of a provider is read: its form, the names of its fields, and whether its first row says them."""

    form: Form
    names: tuple[str, ...]
    header: bool
    own: Mapping[str, str] = field(default_factory=dict)  # our name of a column: the file's, where it is another word


def plain(name: str) -> str:
    """A column name in lower case with underscores, as headers are compared; letters of any alphabet."""
    text = name.strip().lower()
    return re.sub(r"[\W_]+", "_", text).strip("_") or text  # a column may be named #


def forms(provider: Provider) -> list[Form]:
    """The forms in which a provider's file may be written, its own first."""
    others = [separator for separator in SEPARATORS if separator != provider.form.separator and provider.any_form]
    return [provider.form, *(replace(provider.form, separator=separator, quote='"') for separator in others)]


def the_columns(names: Sequence[str]) -> str:
    """Columns, as messages call them."""
    return f"the column{'s' * (len(names) != 1)} {', '.join(names)}"


def named(cells: Sequence[str], provider: Provider) -> list[str]:
    """The columns that a header's cells name, by our spelling; what has no name gets one of its own."""
    names = [provider.names.get(plain(cell), plain(cell)) for cell in cells]
    return [name or f" {i}" for i, name in enumerate(names)]


def is_data(cells: Sequence[str]) -> bool:
    """Whether a first row has an id of digits where a header has a name."""
    return bool(cells) and re.fullmatch(r"-?\d+", cells[0].strip()) is not None


def recognise(line: str, provider: Provider) -> Known | None:
    """How a file is read if its first line may be this provider's, else None."""
    for form in forms(provider):
        cells = split(line, form)
        names = named(cells, provider)
        fits = set(provider.core) <= set(names) and not set(provider.foreign) & set(names)
        if fits and len(set(names)) == len(names) and is_row(line, form):
            own = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if plain(cell) in provider.names}
            return Known(form, tuple(names), True, own)
        if len(cells) in provider.fields and is_data(cells):
            return Known(form, provider.columns, False)
    return None
