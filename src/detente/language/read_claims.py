"""claims/*.yaml, one file per argument, and evidence.yaml."""

from __future__ import annotations

import re

from detente.language.names import Names, Scope, check_id
from detente.language.read_values import read_expression
from detente.language.records import Argument, Claim, Quantity, Report
from detente.text import yaml_nodes as ya
from detente.text.fields import Field

GRADE = re.compile(r"[A-F][1-6]")


def read_argument(stem: str, root: Field, names: Names) -> Argument:
    """Return one argument; its claims are called `stem/id`."""
    found = root.section({"argument": "a map with title, by and date", "claims": "a map of claims"})
    about = found["argument"].section({"title": "its title", "by": "its author", "date": "the day it appeared"})
    claims = tuple(_claim(stem, id, key, value, names) for id, key, value in found["claims"].entries("claims"))
    return Argument(stem, about["title"].text(), about["by"].text(), about["date"].date(), claims)


def _claim(stem: str, id: str, key: Field, value: Field, names: Names) -> Claim:
    check_id(key, "claim", id)
    found = value.section({"says": "the claim in your own words"}, ("part", "test", "untestable"))
    test, reason = found["test"], found["untestable"]
    if value.present and isinstance(value.node, ya.Mapping) and test.present == reason.present:
        key.bad("exactly one of test, untestable", "both" if test.present else "neither")
    return Claim(
        f"{stem}/{id}",
        found["says"].text(),
        read_expression(test, names, Scope(test=True), truth=True),
        reason.text(),
        found["part"].text(),
    )


def read_quantities(root: Field) -> tuple[Quantity, ...]:
    """Return the disputed quantities of evidence.yaml."""
    found = root.section({"quantities": "a map of quantities"})
    required = {
        "says": "what is measured",
        "unit": "a unit",
        "date": "the day it holds for, as YYYY-MM-DD",
        "sources": "a list of what each source says",
    }
    quantities = []
    for id, _, value in found["quantities"].entries("quantities"):
        about = value.section(required)
        items = about["sources"].items()
        if about["sources"].present and not items:
            about["sources"].bad("at least one source", "none")
        reports = tuple(_report(item) for item in items)
        quantities.append(
            Quantity(id, about["says"].text(), about["unit"].text(), about["date"].date(), reports),
        )
    return tuple(quantities)


def _report(item: Field) -> Report:
    required = {
        "source": "who says it",
        "published": "when it was published",
        "side": "the side it speaks for",
        "grade": "a grade, such as B2",
    }
    found = item.section(required, ("value", "low", "high", "note", "url"))
    value, low, high = (found[name] for name in ("value", "low", "high"))
    if isinstance(item.node, ya.Mapping):
        forms = (value.present, low.present, high.present)
        if forms not in ((True, False, False), (False, True, True)):
            given = [name for name in ("value", "low", "high") if found[name].present]
            item.bad("either value, or low and high", " and ".join(given) or "none of them")
    if found["grade"].present and not GRADE.fullmatch(found["grade"].text()):
        found["grade"].bad("an Admiralty grade, A1 to F6", hint=grade_hint(found["grade"].text()))
    numbers = {name: found[name].number() if found[name].present else None for name in ("value", "low", "high")}
    bounds = numbers["low"], numbers["high"]
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        low.bad("low at most high", f"{bounds[0]:g} > {bounds[1]:g}")
    source, published, side, grade = (found[name].text() for name in required)
    return Report(source, published, side, grade, **numbers, note=found["note"].text(), url=found["url"].text())


def grade_hint(text: str) -> str:
    """Say how to write a grade that is nearly one."""
    upper = text.upper().replace("-", "").replace(" ", "")
    return f"write {upper}" if GRADE.fullmatch(upper) else "source A-F for reliability, then 1-6 for credibility"
