"""The store: one DuckDB file that holds events, ledgers, runs and forecasts.

What is added goes in by whole batches, each in one transaction: after a crash the file opens with whole batches only,
and adding the same files again ends with the same content. Of each event the newest version is kept. A batch is known
by a hash of the bytes that it was made from and of the coding tables, so a file that grew or changed is replaced where
it did.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.errors import InputError, Problem
from detente.events import table as events
from detente.events.cells import Report
from detente.events.coding import Coding
from detente.events.extras import duckdb, pl
from detente.events.loading import LATER, SHARED, TWICE, UNLIKE, Batch, Part, batches, latest, marks, parts, revised
from detente.events.providers import Provider

if TYPE_CHECKING:
    from polars import DataFrame

    from detente.language.records import Scenario

FILE = "detente.duckdb"
SCHEMA = 2
_PARTLY = "+"  # ends the key of a batch of which newer files have some events: it is read again when it is added again
MEMORY = "1GB"  # that DuckDB may use
_EVENTS = ", ".join(f"{c.name} {events.SQL[c.kind]}{' NOT NULL' if c.required else ''}" for c in events.COLUMNS)
TABLES = {  # in the order in which they are exported; the text of each is its columns
    "batches": "id BIGINT NOT NULL, file VARCHAR NOT NULL, block BIGINT NOT NULL, key VARCHAR NOT NULL, "
    "provider VARCHAR NOT NULL, events BIGINT NOT NULL",
    "events": f"{_EVENTS}, batch BIGINT NOT NULL",
    "ledgers": "scenario VARCHAR NOT NULL, scenario_sha256 VARCHAR NOT NULL, line BIGINT NOT NULL, case_id VARCHAR, "
    "date DATE NOT NULL, "
    "track VARCHAR NOT NULL, move VARCHAR NOT NULL, target VARCHAR, magnitude DOUBLE, source VARCHAR, "
    "published VARCHAR, grade VARCHAR, url VARCHAR, note VARCHAR",
    "runs": "sha256 VARCHAR NOT NULL, scenario VARCHAR NOT NULL, scenario_sha256 VARCHAR NOT NULL, seed BIGINT, "
    "json VARCHAR NOT NULL",
    "forecasts": "sha256 VARCHAR NOT NULL, scenario VARCHAR NOT NULL, as_of DATE NOT NULL, json VARCHAR NOT NULL",
}


class Store:
    """An open store. Use it in `with`, or call `close`."""

    def __init__(self, path: Path, *, create: bool = True, read_only: bool = False) -> None:
        """Open a store, and make it when it is not there.

        Raises:
            InputError: If it cannot be opened, is no store, is of another version, or is open in another process.
        """
        self.path = path
        if not path.exists() and (read_only or not create):
            hint = "`detente store add` makes one"
            raise _refuse(path, "a store", "no such file", hint)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = duckdb.connect(str(path), read_only=read_only, config={"memory_limit": MEMORY})
        except (duckdb.Error, OSError) as error:
            text = str(error).split("\n")[0]
            hint = "another process has it open: wait for it to end" if "lock" in text.lower() else ""
            raise _refuse(path, "a DuckDB file that can be opened", text, hint) from None
        try:
            self._prepare(read_only)
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self, read_only: bool) -> None:
        self.connection.execute("SET preserve_insertion_order = true")
        held = {name for (name,) in self._rows("SELECT table_name FROM duckdb_tables()")}
        if "detente" not in held:
            if held or read_only:
                raise _refuse(self.path, "a store made by Détente", f"tables {', '.join(sorted(held)) or 'none'}")
            with self.transaction():
                for name, columns in TABLES.items():
                    self.connection.execute(f"CREATE TABLE {name} ({columns})")
                self.connection.execute(f"CREATE TABLE detente AS SELECT {SCHEMA} AS schema")
            return
        found = self._rows("SELECT * FROM detente")
        if found != [(SCHEMA,)] or not set(TABLES) <= held:
            got = f"schema {', '.join(str(row[0]) for row in found) or 'none'}, tables {', '.join(sorted(held))}"
            raise _refuse(self.path, f"a store of schema {SCHEMA} with {', '.join(TABLES)}", got)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was added is on disk."""
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is inside, or nothing."""
        self.connection.execute("BEGIN")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException as error:
            with suppress(duckdb.Error):  # a failed commit, or a full disk, has ended it
                self.connection.execute("ROLLBACK")
            if isinstance(error, duckdb.OperationalError):
                raise _refuse(self.path, "room to read and write", str(error).split("\n")[0]) from None
            raise

    # --- events -------------------------------------------------------------------------------------------------------

    def add(
        self,
        paths: Iterable[Path],
        report: Report,
        *,
        provider: Provider | None = None,
        coding: Coding | None = None,
        drop: bool = False,
        size: int | None = None,
    ) -> None:
        """Add the events of files and folders; batches that are held already are not read again.

        Args:
            report: filled with what became of the rows. drop: leave out rows that do not fit, instead of stopping.

        Raises:
            InputError: If a file cannot be read as its provider's, or a cell does not fit; what went in before it
                stays, and the message counts every kind of misfit in the whole file.
        """
        held = _Held(self._rows("SELECT file, block, key FROM batches"))
        found = sorted(parts(paths, provider, report), key=lambda part: part.release, reverse=True)  # the newest first
        gone = [self._add(part, report, coding, drop, held, {} if size is None else {"size": size}) for part in found]
        for i, part in enumerate(found):
            if gone[i]:
                self._tell_lost(part, pl.concat(gone[i]), [self._relative(other) for other in found[i:]], report)
        if not drop:
            report.refuse()

    def _add(
        self, part: Part, report: Report, coding: Coding | None, drop: bool, held: _Held, size: Mapping[str, int]
    ) -> list[DataFrame]:
        """Add the batches of a part; the ids that were in the ones that they replace."""
        file = self._relative(part)
        last, gone = -1, []
        for batch in batches(part, report, coding, skip=lambda index, key: bool(held.where(file, index, key)), **size):
            last = batch.index
            if other := held.where(file, batch.index, batch.key):
                report.remarks["blocks held already" + (f", from {other}" if other != file else "")] += 1
            elif drop or not report.misfits:
                gone.append(self._put(file, batch, report, held))
                held.add(file, batch.index, batch.key)
        if (drop or not report.misfits) and held.forget(file, last):
            gone.append(self._forget(file, last))
        return gone

    def _put(self, file: str, batch: Batch, report: Report, held: _Held) -> DataFrame:
        """Add one batch, in place of the one that this file had there; the ids that were in that one."""
        with self.transaction():
            before = bool(self._rows("SELECT 1 FROM batches WHERE key = ? LIMIT 1", [batch.key + _PARTLY]))
            number, gone = self._remove("file = ? AND block = ?", [file, batch.index])
            if number is None:
                [(number,)] = self._rows("SELECT coalesce(max(id), 0) + 1 FROM batches")
            arriving = self._newest(file, batch, report, before, held)
            key = batch.key if arriving.height == batch.events.height else batch.key + _PARTLY
            row = [number, file, batch.index, key, batch.part.provider.id, arriving.height]
            self.connection.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)", row)
            self.connection.register("arriving", arriving)
            self.connection.execute(f"INSERT INTO events SELECT {', '.join(events.NAMES)}, {number} FROM arriving")
        self.connection.unregister("arriving")
        held.put.add(number)
        return gone

    def _newest(self, file: str, batch: Batch, report: Report, before: bool, held: _Held) -> DataFrame:
        """The events of a batch that no newer file has; those that it revises are removed.

        Where no name says which of two files is newer it is the one added later; a batch that was held `before` is not.
        What a later block of the same file had gives way: that block may have changed too, and is read again.
        """
        provider, mine = batch.part.provider, batch.part.release
        arriving = latest([batch], report)[0].events
        self.connection.register("ids", arriving.select("id"))
        query = (  # ids that grow with time are sought among few blocks of rows
            f"SELECT {', '.join(f'e.{name}' for name in events.NAMES)}, b.file, b.block, b.id AS batch FROM events e "
            "JOIN batches b ON e.batch = b.id WHERE e.provider = ? AND e.id IN (SELECT id FROM ids) "
            "AND e.id BETWEEN ? AND ?"
        )
        found = self._table(query, [provider.id, arriving["id"].min(), arriving["id"].max()])
        self.connection.unregister("ids")
        there = found.select(pl.col(name).cast(kind) for name, kind in events.schema().items())
        there = there.select("id", was="revised", mark=marks(there)).hstack(found.select("file", "block", "batch"))
        both = arriving.select("id", "revised", now=marks(arriving)).join(there, on="id")
        stands = {}  # by file: whether its version stands where the rows do not say which is the later
        for name in both["file"].unique():
            theirs = provider.release(_shown(name))
            stands[name] = name == file or theirs > mine or (before and theirs == mine)
        told = (pl.col("was") != pl.col("revised")).fill_null(False)
        by_file = pl.col("file").is_in([name for name, first in stands.items() if first])
        ahead = (pl.col("file") == file) & (pl.col("block") > batch.index)
        both = both.with_columns(
            told=told,
            ahead=ahead,
            stays=~ahead & pl.when(told).then(pl.col("was") > pl.col("revised")).otherwise(by_file),
            differs=pl.col("now") != pl.col("mark"),
        )
        for block in both.filter("ahead")["block"].unique():
            held.add(file, block, "")  # read again
        here = both.filter(~pl.col("ahead"))
        for (name, differs, by_rows, stays), rows in here.group_by("file", "differs", "told", "stays"):
            report.remark(TWICE if name == file else SHARED, rows.height)
            if differs:
                same = provider.release(_shown(str(name))) == mine
                text = revised(_shown(str(name)) if stays else batch.part.name, same)
                report.remark(LATER if by_rows else UNLIKE if name == file else text, rows.height)
        stays = both["stays"]
        report.events -= int(stays.sum())
        for number, ids in both.filter(~stays).group_by("batch").agg("id").rows():
            report.events -= len(ids) if number in held.put else 0
            self.connection.execute("DELETE FROM events WHERE batch = ? AND id IN (SELECT unnest(?))", [number, ids])
            key = f"CASE WHEN ends_with(key, '{_PARTLY}') THEN key ELSE key || '{_PARTLY}' END"
            self.connection.execute(
                f"UPDATE batches SET events = events - ?, key = {key} WHERE id = ?", [len(ids), number]
            )
        return arriving.join(both.filter(stays), on="id", how="anti", maintain_order="left")

    def _forget(self, file: str, last: int) -> DataFrame:
        """Remove the batches of a file beyond its present end; the ids that were in them."""
        with self.transaction():
            return self._remove("file = ? AND block > ?", [file, last])[1]

    def _remove(self, where: str, values: list[Any]) -> tuple[int | None, DataFrame]:
        """Remove batches: the number of the first, and the ids of their events."""
        numbers = [n for (n,) in self._rows(f"SELECT id FROM batches WHERE {where}", values)]
        gone = [pl.DataFrame(schema={"id": pl.String})]
        for number in numbers:
            gone.append(self._table("SELECT id FROM events WHERE batch = ?", [number]))
            self.connection.execute("DELETE FROM events WHERE batch = ?", [number])
            self.connection.execute("DELETE FROM batches WHERE id = ?", [number])
        return (numbers[0] if numbers else None), pl.concat(gone)

    def _tell_lost(self, part: Part, gone: DataFrame, read: Sequence[str], report: Report) -> None:
        """Say so where a file that changed no longer has events that a file not `read` since may have."""
        self.connection.register("gone", gone)
        query = "SELECT count(DISTINCT id) FROM gone WHERE id NOT IN (SELECT id FROM events WHERE provider = ?)"
        [(lost,)] = self._rows(query, [part.provider.id])
        self.connection.unregister("gone")
        query = "SELECT DISTINCT file FROM batches WHERE provider = ? AND ends_with(key, ?) ORDER BY file"
        files = self._rows(query, [part.provider.id, _PARTLY])
        if others := [_shown(name) for (name,) in files if name not in read]:
            again = f"if {' or '.join(others)} {'has' if len(others) == 1 else 'have'} them, add it again"
            report.remark(f"events that {part.name} no longer has: {again}", lost)

    def _table(self, query: str, values: Iterable[Any]) -> DataFrame:
        frame = pl.from_arrow(self.connection.sql(query, params=list(values)).to_arrow_table())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def _relative(self, part: Part) -> str:
        """The file's name in the store: from the store's folder, so that a project may be moved."""
        path, folder = part.path.resolve(), self.path.resolve().parent
        name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
        return f"{name}#{part.member}" if part.member else name

    def events(self, where: str = "TRUE", values: Iterable[Any] = ()) -> DataFrame:
        """Events as a Polars table, by an SQL condition on the columns of the event table; sorted by date."""
        order = "date, provider, id"
        query = f"SELECT {', '.join(events.NAMES)} FROM events WHERE {where} ORDER BY {order}"
        return self._table(query, values).cast(pl.Schema(events.schema()))

    def stream(self, where: str = "TRUE", values: Iterable[Any] = (), *, rows: int = 200_000) -> Iterator[DataFrame]:
        """Events as `events` gives them, some at a time and in no order, for what does not fit in memory."""
        query = f"SELECT {', '.join(events.NAMES)} FROM events WHERE {where}"
        for piece in self.connection.sql(query, params=list(values)).to_arrow_reader(rows):
            frame = pl.from_arrow(piece)
            assert isinstance(frame, pl.DataFrame)
            yield frame.cast(pl.Schema(events.schema()))

    # --- ledgers, runs, forecasts -------------------------------------------------------------------------------------

    def keep_ledger(self, scenario: Scenario) -> int:
        """Keep a scenario's ledger as it is now, in place of the one kept before; the number of its rows."""
        head = (scenario.id, scenario.sha256)
        rows = [
            [*head, i, r.case or None, r.date, r.track, r.move, r.target or None, r.magnitude]
            + [text or None for text in (r.source, r.published, r.grade, r.url, r.note)]
            for i, r in enumerate(scenario.ledger)
        ]
        with self.transaction():
            self.connection.execute("DELETE FROM ledgers WHERE scenario = ?", [scenario.id])
            if rows:
                self.connection.executemany(f"INSERT INTO ledgers VALUES ({', '.join('?' * len(rows[0]))})", rows)
        return len(rows)

    def keep_run(self, result: Mapping[str, Any]) -> str:
        """Keep a result as `results.json` has it; the hash that it is held by."""
        text = json.dumps(result, ensure_ascii=False, sort_keys=True, allow_nan=False)
        sha = hashlib.sha256(text.encode()).hexdigest()
        row = [sha, result["scenario"], result["scenario_sha256"], result.get("seed"), text]
        self._keep("runs", sha, row)
        return sha

    def keep_forecast(self, record: Mapping[str, Any]) -> str:
        """Keep a sealed forecast record; its seal, which it is held by."""
        text = json.dumps(record, ensure_ascii=False, sort_keys=True, allow_nan=False)
        self._keep("forecasts", record["sha256"], [record["sha256"], record["scenario"], record["at"], text])
        return record["sha256"]

    def _keep(self, table: str, sha: str, row: list[Any]) -> None:
        with self.transaction():
            self.connection.execute(f"DELETE FROM {table} WHERE sha256 = ?", [sha])
            self.connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)

    def counts(self) -> dict[str, int]:
        """The number of rows of every table."""
        return {name: self._rows(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES}

    def providers(self) -> list[dict[str, Any]]:
        """Per provider: its events, their first and last day, and the licence."""
        query = "SELECT provider, count(*), min(date), max(date_end), min(licence) FROM events GROUP BY 1 ORDER BY 1"
        names = ("provider", "events", "first", "last", "licence")
        return [dict(zip(names, (n, c, str(a), str(b), t), strict=True)) for n, c, a, b, t in self._rows(query)]

    def ledgers(self) -> list[dict[str, Any]]:
        """Per scenario whose ledger is kept: its rows, and their first and last day."""
        query = "SELECT scenario, count(*), min(date), max(date) FROM ledgers GROUP BY 1 ORDER BY 1"
        names = ("scenario", "rows", "first", "last")
        return [dict(zip(names, (n, c, str(a), str(b)), strict=True)) for n, c, a, b in self._rows(query)]

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple]:
        return self.connection.execute(query, list(values)).fetchall()


class _Held:
    """Which block of which file is in the store, by key."""

    def __init__(self, rows: Iterable[tuple[str, int, str]]) -> None:
        self.files: dict[str, dict[int, str]] = {}
        self.owners: dict[str, str] = {}
        self.put: set[int] = set()  # the numbers of the batches that were put now
        for row in rows:
            self.add(*row)

    def where(self, file: str, block: int, key: str) -> str:
        """The file that the content is held from: this one at this place, or another; "" when it is not held."""
        if self.files.get(file, {}).get(block) == key:
            return file
        owner = self.owners.get(key, file)
        return owner if owner != file else ""

    def add(self, file: str, block: int, key: str) -> None:
        self._drop(file, block)
        self.files.setdefault(file, {})[block] = key
        self.owners.setdefault(key, file)

    def forget(self, file: str, last: int) -> bool:
        """Forget the blocks of a file after the last; whether there were any."""
        beyond = [block for block in self.files.get(file, {}) if block > last]
        for block in beyond:
            self._drop(file, block)
        return bool(beyond)

    def _drop(self, file: str, block: int) -> None:
        old = self.files.get(file, {}).pop(block, None)
        if old is not None and self.owners.get(old) == file:
            del self.owners[old]


def _shown(file: str) -> str:
    """What messages call a file of the store: its name, with that of the member of a .zip."""
    zipped = re.fullmatch(r"(?i)(.*?\.zip)#(.*)", file)
    return f"{Path(zipped[1]).name}/{zipped[2]}" if zipped else Path(file).name


def _refuse(path: Path, expected: str, got: str, hint: str = "") -> InputError:
    return InputError([Problem(str(path), expected, got, hint)], what="the store")
