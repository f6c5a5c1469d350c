"""claims/*.yaml, one file per argument, and evidence.yaml."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from detente.language.argument import FINDINGS, JUDGES, KINDS, LINKS, STRENGTHS, Argument, Claim, Finding
from detente.language.expressions import is_comparison, is_ordered
from detente.language.names import Names, Scope, check_id
from detente.language.read_values import read_expression
from detente.language.records import Quantity, Report
from detente.text import yaml_nodes as ya
from detente.text.fields import Field
from detente.text.nearest import did_you_mean

GRADE = re.compile(r"[A-F][1-6]")
PUBLISHED = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")


def read_argument(stem: str, root: Field, names: Names) -> Argument:
    """Return one argument; its claims are called `stem/id`.

    A file of version 2 says of each claim what kind it is, how firmly it is asserted and what it supports; a file in
    which nothing of this stands is of version 1.
    """
    found = root.section({"argument": "a map with title, by and date", "claims": "a map of claims"})
    required = {"title": "its title", "by": "its author", "date": "the day it appeared"}
    about = found["argument"].section(required, ("thesis",))
    entries = list(found["claims"].entries("claims"))
    second = about["thesis"].present or any(
        key in _SECOND for _, _, value in entries if isinstance(value.node, ya.Mapping) for key in value.node.keys
    )
    whole = {id: f"{stem}/{id}" for id, _, _ in entries}
    for id, _, value in entries:
        label = value.node.values.get("id") if isinstance(value.node, ya.Mapping) else None
        if isinstance(label, ya.Scalar):
            text = label.text.strip()
            if whole.setdefault(text, f"{stem}/{id}") != f"{stem}/{id}":
                expected = "a mark that no other claim of this file has"
                Field(f"{value.path}.id", label, value.problems).bad(expected, text)
    claims = tuple(_claim(stem, id, key, value, names, whole, second) for id, key, value in entries)
    thesis = about["thesis"]
    if second and not thesis.present:
        thesis.bad("the id of the claim that all others serve", "nothing")
    _circle(claims, found["claims"])
    return Argument(
        stem,
        about["title"].text(),
        about["by"].text(),
        about["date"].date(),
        claims,
        _reference(thesis, whole) if thesis.present else "",
    )


_SECOND = ("kind", "asserts", "supports", "attacks", "sentence", "check", "value", "id")  # keys of version 2 alone
_WAYS = ("test", "check", "value", "untestable")


def _claim(stem: str, id: str, key: Field, value: Field, names: Names, whole: Mapping[str, str], second: bool) -> Claim:
    check_id(key, "claim", id)
    required = {"says": "the claim in your own words"}
    if second:
        required |= {"kind": f"one of: {', '.join(KINDS)}", "asserts": f"one of: {', '.join(STRENGTHS)}"}
    optional = [k for k in (*_SECOND, "part", "test", "untestable", "judge", "margin") if k not in required]
    found = value.section(required, optional)
    kind = _word(found["kind"], KINDS, _KIND_WORDS) if second else ""
    ways = [way for way in _WAYS if found[way].present]
    if value.present and isinstance(value.node, ya.Mapping):
        wanted = "none of " if kind == "conclusion" else "exactly one of "
        if bool(ways) == (kind == "conclusion") or len(ways) > 1:
            words = _WAYS if second else ("test", "untestable")
            key.bad(wanted + ", ".join(words), " and ".join(ways) or "none of them")
    dial = found["value"].name() if found["value"].present else ""
    if dial and dial not in names.parameters and not names.open:
        found["value"].bad("the id of a parameter, which the reader sets", dial, did_you_mean(dial, names.parameters))
    test = read_expression(found["test"], names, Scope(test=True), truth=True)
    for name in ("judge", "margin"):
        if found[name].present and not found["test"].present:
            found[name].bad("a claim with a test", f"{name} without one")
    if found["margin"].present and test is not None and not is_comparison(test.tree):
        found["margin"].bad("a test that is one comparison of two numbers", test.text)
    if found["judge"].present and found["judge"].name() == "average" and test is not None and not is_ordered(test.tree):
        found["judge"].bad("a test that is one comparison by < or >", test.text, "write judge: draws")
    margin = found["margin"].number(positive=True) if found["margin"].present else None
    return Claim(
        f"{stem}/{id}",
        found["says"].text(),
        test,
        untestable=found["untestable"].text(),
        part=found["part"].text(),
        kind=kind,
        asserts=_word(found["asserts"], STRENGTHS, _STRENGTH_WORDS) if second else "",
        label=found["id"].text(),
        supports=_supports(found["supports"], whole, f"{stem}/{id}"),
        attacks=tuple(item.name() for item in found["attacks"].items()),
        sentences=tuple(_sentence(item) for item in found["sentence"].items()),
        check=tuple(_finding(item) for item in found["check"].items()) if found["check"].present else None,
        value=dial,
        judge=_word(found["judge"], JUDGES, {}) if found["judge"].present else "",
        margin=margin,
    )


# words of maps of arguments that mean the same
_KIND_WORDS = {"advice": "norm", "history": "causal", "thought experiment": "counterfactual", "dilemma": "judgement"}
_FINDING_WORDS = {"agrees": "confirms", "supports": "confirms", "doubts": "disputes", "denies": "refutes"}
_STRENGTH_WORDS = {"attributed": "hedged", "posed": "hedged", "implied": "plain"}


def _word(field: Field, words: Sequence[str], same: Mapping[str, str]) -> str:
    """One of some words, or of others that mean the same; the first of them where it is neither."""
    if not field.present:
        return words[0]
    text = field.name()
    word = same.get(text, text)
    if word not in words:
        field.bad(f"one of: {', '.join(words)}", text, did_you_mean(text, [*words, *same]))
        return words[0]
    return word


def _reference(field: Field, whole: Mapping[str, str]) -> str:
    """The whole id of a claim of the same file, named by its id or its label."""
    text = field.name()
    if text not in whole:
        field.bad("the id of a claim of this file", text, did_you_mean(text, whole))
    return whole.get(text, "")


def _supports(field: Field, whole: Mapping[str, str], own: str) -> dict[str, str]:
    """What a claim supports: a list of ids, each supported by itself, or a map of ids to `linked` or `convergent`."""
    out: dict[str, str] = {}
    if isinstance(field.node, ya.Mapping):
        for _, key, link in field.entries("links"):
            out[_reference(key, whole)] = _word(link, LINKS, {}) if link.present else "convergent"
            if not link.present:
                link.bad("linked or convergent", "nothing")
    else:
        out = {_reference(item, whole): "convergent" for item in field.items()}
    if own in out:
        field.bad("the ids of other claims", "its own")
        del out[own]
    out.pop("", None)
    return out


def _circle(claims: Sequence[Claim], field: Field) -> None:
    """Note a claim that, through others, supports itself."""
    above = {claim.id: list(claim.supports) for claim in claims}
    done: set[str] = set()
    for start in above:
        path: list[str] = []
        waiting = [(start, 0)]
        while waiting:
            at, depth = waiting.pop()
            path[depth:] = [at]
            if at in path[:depth]:
                ring = [id.partition("/")[2] for id in path[path.index(at) :]]
                where = Field(
                    f"{field.path}.{ring[0]}.supports", _inside(field.node, ring[0], "supports"), field.problems
                )
                where.bad("support that runs one way", f"a circle: {' supports '.join(ring)}")
                return
            if at not in done:
                done.add(at)
                waiting += [(id, depth + 1) for id in above.get(at, ())]


def _sentence(item: Field) -> int:
    number = item.number()
    if item.present and (not 1 <= number <= 10_000 or number != int(number)):
        item.bad("the number of a sentence of the source, from 1")
    return int(number)


def _finding(item: Field) -> Finding:
    required = {
        "source": "who says it",
        "published": "when it was published, as YYYY, YYYY-MM or YYYY-MM-DD",
        "grade": "a grade, such as B2",
        "finds": f"one of: {', '.join(FINDINGS)}",
    }
    found = item.section(required, ("side", "note", "url"))
    _check_grade(found["grade"])
    published = found["published"].text()
    if found["published"].present and not PUBLISHED.fullmatch(published):
        found["published"].bad("a year, month or day, as YYYY, YYYY-MM or YYYY-MM-DD", published)
    return Finding(
        found["source"].text(),
        published,
        found["grade"].text(),
        _word(found["finds"], FINDINGS, _FINDING_WORDS),
        found["side"].text(),
        found["note"].text(),
        found["url"].text(),
    )


def check_attacks(arguments: Sequence[tuple[Argument, Field]]) -> tuple[Argument, ...]:
    """The arguments, with what their claims attack as whole ids; `claim` or its label alone where only one other
    argument has it, else `argument/claim`."""
    known: dict[str, list[str]] = defaultdict(list)
    for argument, _ in arguments:
        for claim in argument.claims:
            for name in {claim.id.partition("/")[2], claim.label} - {""}:
                known[f"{argument.id}/{name}"].append(claim.id)
                known[name].append(claim.id)
    return tuple(
        replace(argument, claims=tuple(_attacking(argument, claim, root, known) for claim in argument.claims))
        for argument, root in arguments
    )


def _attacking(argument: Argument, claim: Claim, root: Field, known: Mapping[str, Sequence[str]]) -> Claim:
    out = []
    for name in claim.attacks:
        others = [id for id in known.get(name, ()) if not id.startswith(f"{argument.id}/")]
        if len(others) == 1:
            out.append(others[0])
        else:
            own = claim.id.partition("/")[2]
            where = Field(f"claims.{own}.attacks", _inside(root.node, "claims", own, "attacks"), root.problems)
            names = [name for name in known if "/" in name and not name.startswith(f"{argument.id}/")]
            hint = f"write {' or '.join(others)}" if others else did_you_mean(name, names)
            where.bad("a claim of another argument, as argument/id", name, hint)
    return replace(claim, attacks=tuple(out))


def _inside(node: ya.Node | None, *keys: str) -> ya.Node | None:
    """What stands under some keys, one inside the other, as far as they go."""
    for key in keys:
        node = node.values.get(key, node) if isinstance(node, ya.Mapping) else node
    return node


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
    _check_grade(found["grade"])
    numbers = {name: found[name].number() if found[name].present else None for name in ("value", "low", "high")}
    bounds = numbers["low"], numbers["high"]
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        low.bad("low at most high", f"{bounds[0]:g} > {bounds[1]:g}")
    source, published, side, grade = (found[name].text() for name in required)
    return Report(source, published, side, grade, **numbers, note=found["note"].text(), url=found["url"].text())


def _check_grade(field: Field) -> None:
    if field.present and not GRADE.fullmatch(field.text()):
        field.bad("an Admiralty grade, A1 to F6", hint=grade_hint(field.text()))


def grade_hint(text: str) -> str:
    """Say how to write a grade that is nearly one."""
    upper = text.upper().replace("-", "").replace(" ", "")
    return f"write {upper}" if GRADE.fullmatch(upper) else "source A-F for reliability, then 1-6 for credibility"
