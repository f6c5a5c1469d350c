"""From cells of text to typed columns. What does not fit is counted with examples, and never read as something else."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detente.errors import InputError, Place, Problem
from detente.events.dates import pattern
from detente.events.delimited import Block
from detente.events.extras import pl
from detente.text.fields import ABSENT, EMPTY, NOT_KNOWN, number_hint, numbers_of, shorten
from detente.text.nearest import did_you_mean

if TYPE_CHECKING:
    from polars import DataFrame, Expr

EXAMPLES = 3  # of one kind of problem in a message
VALUES = 20  # distinct unknown codes that are counted apart
FIRST_YEAR, LAST_YEAR = 1000, 9999  # 0024-01-01 is a year of two digits, filled up
_TIME = r"[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$"  # of day, by ISO 8601
LEFT_OUT = "rows left out because they do not fit"


@dataclass
class Misfit:
    """Cells of one column that are not what was expected: how many, the first of them, and the values by number."""

    column: str
    expected: str
    known: Collection[str] = ()
    hint: str = ""
    absent: Collection[str] = ()  # what is read as a value that is not known
    count: int = 0
    examples: list[tuple[Place, str]] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)  # the most frequent of each block
    lines: dict[str, int] = field(default_factory=dict)  # on which a value stands first

    def add(self, place: Place, value: str) -> None:
        """Keep one of the first as an example."""
        if len(self.examples) < EXAMPLES:
            self.examples.append((place, value))

    def problems(self) -> list[Problem]:
        """The first ones by their place; the last says how many there are in all, with the most frequent values."""
        found = []
        for place, value in self.examples:
            hint = did_you_mean(value, self.known) if self.known and len(self.known) < 2_000 else ""
            hint = self._unknown(value.strip()) or hint or self.hint
            hint = hint or (number_hint(value) if "number" in self.expected else "")
            found.append(Problem(self.column, self.expected, shorten(value or "nothing"), hint, place))
        if self.count > len(self.examples):
            often = ", ".join(
                f"{shorten(value or 'nothing', 40)!r} {n:,} times" for value, n in self.values.most_common(5)
            )
            found.append(Problem(self.column, self.expected, f"{self.count:,} rows in all: {often}"))
        return found

    def _unknown(self, value: str) -> str:
        """What to do about a cell that says that the value is not known."""
        if value in self.absent:
            return f"{value} is read as a value that is not known, and one is needed here"
        if value.lower() in NOT_KNOWN and "number" in self.expected:
            return f"{EMPTY}; in a mapping, `missing` lists such words"
        return ""


@dataclass
class Report:
    """What became of the rows of some files."""

    rows: int = 0  # read
    events: int = 0  # kept
    misfits: dict[tuple[str, str, str], Misfit] = field(default_factory=dict)
    remarks: Counter[str] = field(default_factory=Counter)
    files: dict[str, str] = field(default_factory=dict)  # file: its provider
    days: dict[str, tuple[dt.date, dt.date]] = field(default_factory=dict)  # file: first and last day of its events

    @property
    def dropped(self) -> int:
        """Rows that gave no event because a cell did not fit."""
        return self.remarks[LEFT_OUT]

    def misfit(self, file: str, column: str, expected: str, known: Collection[str]) -> Misfit:
        return self.misfits.setdefault((file, column, expected), Misfit(column, expected, known))

    def left_out(self) -> list[tuple[str, int | None, str, str, str | None, int]]:
        """File, first line, column, what was expected, value (none for all rarer ones), and its number of rows."""
        found = []
        for (file, column, expected), misfit in self.misfits.items():
            head, rest = (column, expected), misfit.count - misfit.values.total()
            found += [(file, misfit.lines[v], *head, v, count) for v, count in misfit.values.most_common()]
            found += [(file, None, *head, None, rest)] if rest else []
        return found

    def problems(self) -> list[Problem]:
        """Everything that did not fit."""
        return [problem for misfit in self.misfits.values() for problem in misfit.problems()]

    def remark(self, text: str, count: int) -> None:
        """Count what a reader of the result should know."""
        if count:
            self.remarks[text] += count

    def cover(self, file: str, first: dt.date, last: dt.date) -> None:
        """Note that a file has events of these days."""
        held = self.days.get(file, (first, last))
        self.days[file] = (min(first, held[0]), max(last, held[1]))

    def refuse(self) -> None:
        """Raise what did not fit.

        Raises:
            InputError: If anything did not; every kind with its number of rows.
        """
        if problems := self.problems():
            raise InputError(problems, what="the data")


@dataclass
class _Check:
    column: str
    expected: str
    bad: Expr
    known: Collection[str] = ()


class Cells:
    """The rows of one block, as a provider reads them. Every reading states what it expects."""

    def __init__(
        self,
        block: Block,
        report: Report,
        provider: str = "",
        absent: Collection[str] = ABSENT,
        own: Mapping[str, str] | None = None,
    ) -> None:
        """`absent`: what the provider writes for a value that is not known, in any column. `own`: as in `Known`."""
        self.block, self.report, self.own = block, report, own or {}
        self.provider, self.absent = provider, absent
        self.frame = block.frame
        for found in block.no_rows:
            misfit = report.misfit(block.name, "row", found.expected, ())
            misfit.hint = found.hint
            misfit.add(found.place, found.got + found.shown)
            misfit.count += 1
            misfit.values[found.got] += 1
            misfit.lines.setdefault(found.got, found.place.line)
        report.rows += len(block.no_rows)
        report.remark(LEFT_OUT, len(block.no_rows))
        report.remark("rows without a cell that is filled, left out", block.empty)
        self.checks: list[_Check] = []
        self._absent: dict[str, Expr] = {}  # by column: where it says one of the words that are to be told
        self._kept = 0

    def has(self, name: str) -> bool:
        return name in self.block.frame.columns

    def text(self, name: str, *, required: bool = False, missing: Collection[str] = (), whole: bool = False) -> Expr:
        """A cell without space around it; null when empty, absent, or one of the words for missing.

        `whole`: a code made of digits, which a table of numbers may print as 10.0.
        """
        if not self.has(name):
            return pl.lit(None, pl.String)
        column = pl.col(name).str.strip_chars()
        if whole:
            column = column.str.replace(r"^([+-]?[0-9]+)\.0+$", "$1")
        self._absent[name] = column.is_in(sorted({*self.absent} - {*missing}))
        column = self.keep(pl.when(~column.is_in(["", *self.absent, *missing])).then(column))
        if required:
            self.check(name, "text", column.is_null())
        return column

    def _number(self, name: str, missing: Collection[str]) -> tuple[Expr, Expr]:
        """A cell as text and as a number; both null where it stands for a missing value, also as -999.0."""
        raw = self.text(name, missing=missing)
        value = self.keep(raw.cast(pl.Float64, strict=False))
        told = value.is_in(numbers_of({*self.absent} - {*missing})).fill_null(False)
        kept = value.is_in(numbers_of(missing)).fill_null(False)
        if self.has(name):
            self._absent[name] |= told
        return pl.when(~(told | kept)).then(raw), pl.when(~(told | kept)).then(value)

    def number(
        self,
        name: str,
        *,
        low: float | None = None,
        high: float | None = None,
        required: bool = False,
        missing: Collection[str] = (),
    ) -> Expr:
        """A finite decimal number in a range; null when empty or a code for missing."""
        raw, value = self._number(name, missing)
        good = value.is_finite()
        expected = "a number"
        if low is not None:
            good, expected = good & (value >= low), f"a number of at least {low:g}"
        if high is not None:
            good, expected = good & (value <= high), f"a number from {low:g} to {high:g}"
        bad = ~good.fill_null(False)
        self.check(name, expected, bad if required else bad & raw.is_not_null())
        return pl.when(good).then(value)

    def whole(self, name: str, *, low: int = 0, required: bool = False, missing: Collection[str] = ()) -> Expr:
        """A whole number, also when printed as 10.0."""
        raw, value = self._number(name, missing)
        good = (value.is_finite() & (value == value.floor()) & (value >= low) & (value < 2**53)).fill_null(False)
        self.check(name, f"a whole number of at least {low}", ~good if required else ~good & raw.is_not_null())
        return pl.when(good).then(value).cast(pl.Int64, strict=False)

    def date(self, name: str, *forms: str, words: str, required: bool = True, timed: bool = False) -> Expr:
        """A day of the calendar in one of several forms of strptime; `words` say which in messages.

        Args:
            timed: whether a time of day may follow; it is left out.
        """
        raw = self.text(name)
        written = raw.str.replace(_TIME, "") if timed else raw
        day = pl.coalesce([self.in_form(written, form).str.to_date(form, strict=False, exact=True) for form in forms])
        day = self.keep(day)
        early = ~day.dt.year().is_between(FIRST_YEAR, LAST_YEAR).fill_null(True)
        self.check(name, f"a day of the years {FIRST_YEAR} to {LAST_YEAR}", early)
        if any("%y" in form or "%D" in form for form in forms):
            self.remark("days with a year of two digits, read as of 1969 to 2068", day.is_not_null())
        self.check(name, words, day.is_null() if required else day.is_null() & raw.is_not_null())
        return pl.when(~early).then(day)

    @staticmethod
    def in_form(text: Expr, form: str) -> Expr:
        """The texts that have a form of strptime to the digit; null for others."""
        return pl.when(text.str.contains(pattern(form))).then(text)

    def one_of(
        self,
        name: str,
        known: Collection[str],
        *,
        required: bool = True,
        missing: Collection[str] = (),
        any_case: bool = False,
    ) -> Expr:
        """A cell that is one of a few words, or of a few numbers, which may be printed as 1.0.

        Args:
            any_case: the words are in lower case, the cell in whichever.
        """
        raw = self.text(name, missing=missing, whole=any(word.isdigit() for word in known))
        raw = raw.str.to_lowercase() if any_case else raw
        shown = f"one of: {', '.join(sorted(known))}" if len(known) <= 12 else f"one of {len(known)} known values"
        bad = ~raw.is_in(list(known)).fill_null(False)
        self.check(name, shown, bad if required else bad & raw.is_not_null(), known)
        return raw

    def code(self, name: str, code: Expr, scheme: str, known: Collection[str]) -> Expr:
        """A raw code of a coding scheme: unknown ones are counted, each by its value."""
        self.check(name, f"a code of {scheme} in the coding table", ~code.is_in(list(known)).fill_null(False), known)
        return code

    def keep(self, value: Expr) -> Expr:
        """The same column, worked out now: for what is used many times, where the plan would grow with each use."""
        self._kept += 1
        name = f"{self._kept} kept"
        self.frame = self.frame.with_columns(value.alias(name))
        return pl.col(name)

    def check(self, column: str, expected: str, bad: Expr, known: Collection[str] = ()) -> None:
        """State what must hold of every row."""
        if not any((check.column, check.expected) == (column, expected) for check in self.checks):
            self.checks.append(_Check(column, expected, bad, known))

    def remark(self, text: str, where: Expr) -> None:
        """Count rows that are read, but of which a reader of the result should know."""
        self.report.remark(text, self.frame.select(where.fill_null(False).sum()).item() or 0)

    def frames(self, readings: Sequence[Mapping[str, Expr]]) -> list[DataFrame]:
        """The typed columns of each reading, of the rows in which everything fits; others are counted in the report."""
        masks = [check.bad.fill_null(False).alias(f"{i} bad") for i, check in enumerate(self.checks)]
        outputs = [value.alias(f"{n} {name}") for n, columns in enumerate(readings) for name, value in columns.items()]
        rows = self.frame.height
        self._tell_absent()
        # the row number keeps the length when every column of a reading is a constant
        made = self.frame.lazy().with_row_index(" row").select(" row", *outputs, *masks).collect()
        self.report.rows += rows
        bad = made.select(mask.meta.output_name() for mask in masks)
        if masks and any(bad.select(pl.all().any()).row(0)):
            self._count(bad)
            good = ~bad.select(pl.any_horizontal(pl.all())).to_series()
            self.report.remark(LEFT_OUT, int((~good).sum()))
            made = made.filter(good)
        found = [
            made.select(pl.col(f"{n} {name}").alias(name) for name in columns) for n, columns in enumerate(readings)
        ]
        self.report.events += sum(frame.height for frame in found)
        return found

    def _tell_absent(self) -> None:
        """Count the cells that are read as absent though they say something, by column and word."""
        if not self._absent:
            return
        counts = self.frame.select(where.fill_null(False).sum().alias(name) for name, where in self._absent.items())
        for name in (name for name, count in counts.row(0, named=True).items() if count):
            words = self.frame.filter(self._absent[name])[name].str.strip_chars().value_counts()
            for word, count in words.rows():
                self.report.remarks[f"cells of {name} ({self.provider}) that say {word}, read as absent"] += count

    def _count(self, bad: DataFrame) -> None:
        for check, mask in zip(self.checks, bad.get_columns(), strict=True):
            rows = mask.arg_true()
            if not len(rows):
                continue
            misfit = self.report.misfit(
                self.block.name, self.own.get(check.column, check.column), check.expected, check.known
            )
            misfit.count, misfit.absent = misfit.count + len(rows), self.absent
            cells = pl.Series([""]).new_from_index(0, len(rows))
            if self.has(check.column):
                cells = self.block.frame[check.column].gather(rows).fill_null("")
            found = pl.DataFrame({"value": cells, "line": self.block.numbers[rows.to_numpy()]})
            often = found.group_by("value", maintain_order=True).agg(pl.len(), pl.col("line").first())
            for value, count, line in often.sort("len", descending=True, maintain_order=True).head(VALUES).rows():
                misfit.values[value] += count
                misfit.lines.setdefault(value, line)
            for row, value in zip(rows.head(EXAMPLES).to_list(), cells.head(EXAMPLES).to_list(), strict=True):
                misfit.add(self.block.place(row), value)
