"""Coding tables: from a provider's codes to the rungs of a ladder.

A table is CSV with the columns scheme, code, action, rung and why; with the columns actor and target as well, a row
holds for acts of that actor towards that target alone and goes before the general row (a ladder of the pair). An
empty rung says that the code is no act; a code that is in no row is unknown, and refused.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from detente.errors import InputError, Place, Problem
from detente.events.extras import pl
from detente.text.fields import parse_number, shorten

if TYPE_CHECKING:
    from polars import Expr

HEADER = ("scheme", "code", "action", "rung", "why")
PAIR = ("actor", "target")
SHIPPED = ("cameo", "plover", "mid", "icb", "ucdp", "acled", "viina", "escalaition", "other")


@dataclass(frozen=True)
class Entry:
    """What one code means: the name of the act and its rung; `rung` is None when the code is no act."""

    action: str
    rung: float | None
    why: str


@dataclass(frozen=True)
class Coding:
    """Codes by scheme, in general and for pairs of actor and target."""

    schemes: Mapping[str, Mapping[str, Entry]]
    pairs: Mapping[tuple[str, str, str], Mapping[str, Entry]] = field(default_factory=dict)  # (scheme, actor, target)
    sha256: str = ""

    def known(self, scheme: str) -> Mapping[str, Entry]:
        """The codes of a scheme.

        Raises:
            InputError: If the tables hold none.
        """
        if scheme not in self.schemes:
            problem = Problem("coding", f"codes of {scheme}", f"codes of {', '.join(self.schemes) or 'nothing'}")
            raise InputError([problem], what="the coding table")
        return self.schemes[scheme]

    def action(self, code: Expr, scheme: str) -> Expr:
        """The name of the act, as a column."""
        known = self.known(scheme)
        return code.replace_strict(
            list(known), [e.action for e in known.values()], default=None, return_dtype=pl.String
        )

    def rung(self, code: Expr, scheme: str, actor: Expr, target: Expr) -> Expr:
        """The rung, as a column; the pair's own ladder where there is one."""

        def rungs(known: Mapping[str, Entry]) -> Expr:
            values = [entry.rung for entry in known.values()]
            return code.replace_strict(list(known), values, default=None, return_dtype=pl.Float64)

        found = rungs(self.known(scheme))
        for (of, by, towards), known in self.pairs.items():
            if of == scheme:
                mine = (actor == by) & (target == towards) & code.is_in(list(known))
                found = pl.when(mine.fill_null(False)).then(rungs(known)).otherwise(found)
        return found


@cache
def shipped() -> Coding:
    """The tables that come with Détente."""
    folder = resources.files("detente.events") / "coding_tables"
    return _read((f"{name}.csv", (folder / f"{name}.csv").read_text(encoding="utf-8")) for name in SHIPPED)


def read_coding(paths: Iterable[Path]) -> Coding:
    """The shipped tables with a user's on top: the rows of a scheme in any of the files replace that scheme whole.

    Rows for pairs alone leave the general rows of their scheme as they are.

    Raises:
        InputError: With every problem of every file.
    """
    texts, problems = [], []
    for path in paths:
        try:
            texts.append((path.name, path.read_text(encoding="utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            problems.append(Problem(str(path), "a coding table that can be read", reason))
    if problems:
        raise InputError(problems, what="the coding table")
    own, base = _read(texts), shipped()
    digest = hashlib.sha256(f"{base.sha256} {own.sha256}".encode()).hexdigest()
    return Coding({**base.schemes, **own.schemes}, {**base.pairs, **own.pairs}, digest)


def ladder() -> list[tuple[float, str, str, str]]:
    """The rungs of the shipped tables: number, name, meaning, source."""
    text = (resources.files("detente.events") / "coding_tables" / "ladder.csv").read_text(encoding="utf-8")
    return [
        (float(row["rung"]), row["name"], row["meaning"], row["source"]) for row in csv.DictReader(text.splitlines())
    ]


def _read(texts: Iterable[tuple[str, str]]) -> Coding:
    problems: list[Problem] = []
    schemes: dict[str, dict[str, Entry]] = {}
    pairs: dict[tuple[str, str, str], dict[str, Entry]] = {}
    digest = hashlib.sha256()
    for name, text in texts:
        digest.update(f"{name}\0{text}\0".encode())
        reader = csv.reader(text.splitlines(keepends=True), strict=True)
        try:
            header = [cell.strip() for cell in next(reader, [])]
            unknown = [cell for cell in header if cell not in (*HEADER, *PAIR)]
            missing = [cell for cell in HEADER[:4] if cell not in header]
            if unknown or missing or len(set(header)) < len(header):
                expected = f"the columns {', '.join(HEADER)}, and actor and target or neither"
                problems.append(
                    Problem("header", expected, shorten(",".join(header)) or "nothing", "", Place(name, 1, 1))
                )
                continue
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    place = Place(name, reader.line_num, 1)
                    _row(dict(zip(header, map(str.strip, cells), strict=False)), place, schemes, pairs, problems)
        except csv.Error as error:
            problems.append(Problem("table", "comma-separated values", str(error), "", Place(name, reader.line_num, 1)))
    if problems:
        raise InputError(problems, what="the coding table")
    return Coding(schemes, pairs, digest.hexdigest())


def _row(row: dict[str, str], place: Place, schemes: dict, pairs: dict, problems: list[Problem]) -> None:
    scheme, code, rung = row.get("scheme", ""), row.get("code", ""), row.get("rung", "")
    actor, target = row.get("actor", ""), row.get("target", "")
    value = parse_number(rung)
    if not scheme or not code:
        problems.append(Problem("code", "a scheme and a code", "nothing", "", place))
    elif rung and value is None:
        problems.append(Problem("rung", "a number, or nothing for what is no act", rung, "", place))
    elif bool(actor) != bool(target):
        problems.append(Problem("actor", "actor and target, or neither", actor or target, "", place))
    else:
        table = pairs.setdefault((scheme, actor, target), {}) if actor else schemes.setdefault(scheme, {})
        if code in table:
            problems.append(Problem("code", "each code of a scheme once", f"{scheme} {code}", "", place))
        table[code] = Entry(row.get("action", "") or code, value, row.get("why", ""))
