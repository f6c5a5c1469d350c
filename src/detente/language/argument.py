"""An argument as a file of claims gives it: what each claim says, how firmly, what it carries, how it is judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from detente.language.syntax import Expression

KINDS = (
    "fact",
    "causal",
    "counterfactual",
    "prediction",
    "analogy",
    "judgement",
    "value",
    "norm",
    "concession",
    "conclusion",
)
STRENGTHS = ("open", "hedged", "plain", "flat", "certain")  # how firmly a claim is asserted, weakest first
FINDINGS = ("confirms", "disputes", "refutes")
JUDGES = ("average", "draws")
LINKS = ("linked", "convergent")


@dataclass(frozen=True)
class Finding:
    """What one source finds of a fact: it confirms, disputes or refutes it."""

    source: str
    published: str
    grade: str
    finds: str  # "confirms", "disputes" or "refutes"
    side: str = ""
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Claim:
    """A sentence of an argument, and how it is judged.

    At most one of `test` (a model can answer), `check` (a fact: what sources find), `value` (a parameter that the
    reader sets) and `untestable` (why there is no test yet) says how; a conclusion has none, it stands on what supports
    it. `supports` and `attacks` hold whole ids, with "linked" (needed with others) or "convergent" (a reason of
    its own).
    """

    id: str  # "essay/talks-set-back"
    says: str
    test: Expression | None
    untestable: str = ""
    part: str = ""  # the part of the argument it belongs to, e.g. "P7"
    kind: str = ""  # one of KINDS; "" in a file of version 1
    asserts: str = ""  # one of STRENGTHS; "" in a file of version 1
    label: str = ""  # its mark on a map of the argument, "B3"
    supports: Mapping[str, str] = field(default_factory=dict)
    attacks: tuple[str, ...] = ()
    sentences: tuple[int, ...] = ()  # of the source, from 1
    check: tuple[Finding, ...] | None = None
    value: str = ""
    judge: str = ""  # "average" or "draws"; "": the usual one of its test
    margin: float | None = None  # the smallest difference worth talking about, in the unit of both sides


@dataclass(frozen=True)
class Argument:
    """One claims file."""

    id: str  # file stem, "essay"
    title: str
    by: str
    date: dt.date
    claims: tuple[Claim, ...]
    thesis: str = ""  # the whole id of the claim that all others serve; "" in a file of version 1
