"""A store as a folder of Parquet or CSV files, and back, without loss.

The folder holds one file per table and manifest.json: the schema, and of every file its rows and its SHA-256. In CSV an
absent value is the bare word NULL and every text is quoted, so that empty text and the text "NULL" stay themselves.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from detente.errors import InputError, Problem
from detente.events.extras import duckdb
from detente.events.store.store import SCHEMA, TABLES, Store

FORMATS = ("parquet", "csv")
MANIFEST = "manifest.json"


def export(store: Store, folder: Path, form: str = "parquet") -> dict[str, int]:
    """Write every table into a new folder; the number of rows of each.

    The folder appears whole or not at all.

    Raises:
        InputError: If the folder exists and is not empty, cannot be written, or the format is none of `FORMATS`.
    """
    if form not in FORMATS:
        raise InputError([Problem("--format", " or ".join(FORMATS), form)], what="the options")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise _refuse(folder, "a new folder, or an empty one", "something is there", "nothing is overwritten")
    scratch = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        scratch.mkdir(parents=True)
        manifest = {"detente": "store", "schema": SCHEMA, "format": form, "tables": {}}
        options = "FORMAT parquet, COMPRESSION zstd" if form == "parquet" else "FORMAT csv, HEADER, NULLSTR 'NULL'"
        counts = store.counts()
        for name in TABLES:
            texts = [column.split()[0] for column in TABLES[name].split(", ") if column.split()[1] == "VARCHAR"]
            quoted = f", FORCE_QUOTE ({', '.join(texts)})" if form == "csv" else ""
            path = scratch / f"{name}.{form}"
            where = "ORDER BY batch, rowid" if name == "events" else "ORDER BY rowid"
            store.connection.execute(f"COPY (SELECT * FROM {name} {where}) TO '{_sql(path)}' ({options}{quoted})")
            manifest["tables"][name] = {"file": path.name, "rows": counts[name], "sha256": _hash(path)}
        (scratch / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            folder.rmdir()
        os.replace(scratch, folder)
    except (OSError, duckdb.Error) as error:
        raise _refuse(folder, "a folder that can be written to", str(error).split("\n")[0]) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return counts


def import_(store: Store, folder: Path) -> dict[str, int]:
    """Fill an empty store from an exported folder, all of it or nothing; the number of rows of each table.

    Raises:
        InputError: If the store is not empty, or the folder is not whole: a file missing or changed, another schema.
    """
    manifest = _manifest(folder)
    if held := [name for name, count in store.counts().items() if count]:
        got = f"rows in {', '.join(held)}"
        raise _refuse(store.path, "an empty store to import into", got, "name a new file with --store")
    form = manifest["format"]
    try:
        with store.transaction():
            for name in TABLES:
                path = folder / _file(manifest, name)
                store.connection.execute(f"INSERT INTO {name} SELECT * FROM {_reader(name, path, form)}")
    except duckdb.Error as error:
        raise _refuse(folder, "tables as a store exports them", str(error).split("\n")[0]) from None
    return store.counts()


def _reader(name: str, path: Path, form: str) -> str:
    if form == "parquet":
        return f"read_parquet('{_sql(path)}')"
    kinds = (column.split()[:2] for column in TABLES[name].split(", "))
    columns = ", ".join(f"'{column}': '{kind}'" for column, kind in kinds)
    options = "header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = 'NULL'"
    options += ", allow_quoted_nulls = false, parallel = false, max_line_size = 100000000, strict_mode = true"
    return f"read_csv('{_sql(path)}', columns = {{{columns}}}, {options})"


def _manifest(folder: Path) -> dict:
    """The manifest of an exported folder, whose files are as it says."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        problems = []
        if (manifest["detente"], manifest["schema"]) != ("store", SCHEMA) or manifest["format"] not in FORMATS:
            got = f"schema {manifest['schema']}, {manifest['format']}"
            raise _refuse(folder / MANIFEST, f"an exported store of schema {SCHEMA}", got)
        for name in TABLES:
            path = folder / _file(manifest, name)
            if not path.is_file():
                problems.append(Problem(str(path), "a file of the export", "no such file"))
            elif _hash(path) != manifest["tables"][name]["sha256"]:
                problems.append(Problem(str(path), "the file as it was exported", "another content"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise _refuse(folder / MANIFEST, "the manifest of an exported store", reason) from None
    if problems:
        raise InputError(problems, what="the exported store")
    return manifest


def _file(manifest: dict, table: str) -> str:
    """The file of a table, never outside the folder."""
    return Path(manifest["tables"][table]["file"]).name


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sql(path: Path) -> str:
    return str(path).replace("'", "''")


def _refuse(path: Path, expected: str, got: str, hint: str = "") -> InputError:
    return InputError([Problem(str(path), expected, got, hint)], what="the exported store")
