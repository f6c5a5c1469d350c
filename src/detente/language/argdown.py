"""Maps of arguments as Argdown text (https://argdown.org/syntax), and Argdown text as skeletons of claims.

Each claim is a statement with its kind and strength as tags. What supports it by itself is a relation, what supports it
only together with others are the premises of one inference. What a claim is judged by stays in the claims file.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from detente.errors import InputError, Problem
from detente.language.argument import KINDS, STRENGTHS, Argument, Claim
from detente.language.names import claim_id
from detente.result import Result
from detente.text import yaml_nodes as ya
from detente.text.files import Source

_SPECIAL = re.compile(r"[\\\[\]<>#*_{}@]|//|[.:](?=[^\s.:]+[.:])")  # what is a mark of Argdown within a text
_RELATION = re.compile(r"(?P<indent>\s+)(?P<sign><\+|\+>|<-|->|<_|_>|><|\+|-|_)(?:\s+(?P<rest>.*))?")
_TITLED = re.compile(r"(?P<open>[\[<])(?P<title>[^\]>]+)[\]>](?P<colon>:?)\s*(?P<text>.*)", re.S)
_PREMISE = re.compile(r"\(\d+\)\s+(?P<rest>\S.*)")
_TAG = re.compile(r"(?<!\\)#(?:\(([^)]+)\)|([\w-]+))")
_DATA = re.compile(r"(?<!\\)\{.*\}\s*$", re.S)
_COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|(?<![:\\])//[^\n]*", re.S)
_MATTER = re.compile(r"\s*={3,}\n(.*?)\n={3,}[^\n]*(?=\n|$)", re.S)
_WHOLE = re.compile(r"([a-z0-9-]+)/([a-z0-9-]+)")
NOT_YET = "no mechanism yet"


def maps_of(result: Result) -> str:
    """The arguments of a result as one Argdown file, each claim with its verdict as a tag."""
    texts = []
    for stem, about in result.arguments.items():
        claims = tuple(
            Claim(
                id,
                said.says,
                None,
                part=said.part,
                kind=said.kind,
                asserts=said.asserts,
                label=said.label,
                supports=about.map[id].supports if id in about.map else {},
                attacks=tuple(about.map[id].attacks if id in about.map else ()),
                sentences=tuple(said.sentences),
            )
            for id, said in result.claims.items()
            if said.argument == stem
        )
        verdicts = {id: result.claims[id].verdict for id in (claim.id for claim in claims)}
        text = to_argdown(Argument(stem, about.title, about.by, about.date, claims, about.thesis), verdicts)
        texts.append(_MATTER.sub(f"# {_plain(about.title)}", text, 1) if texts else text)
    return "\n".join(texts)


def to_argdown(argument: Argument, verdicts: Mapping[str, str] = MappingProxyType({})) -> str:
    """An argument as Argdown; statements are called by whole ids, so that the files of two arguments can be joined.

    `verdicts`: by whole id, to stand as tags too.
    """
    about = {"title": argument.title, "author": argument.by, "date": str(argument.date)}
    blocks = ["\n".join(["===", *(f"{key}: {_quoted(text)}" for key, text in about.items()), "==="])]
    for claim in argument.claims:
        alone, joined = (
            [c.id for c in argument.claims if c.supports.get(claim.id) == how] for how in ("convergent", "linked")
        )
        lines = [f"[{claim.id}]: {_plain(claim.says)}{_tags(claim, verdicts.get(claim.id, ''))}{_data(claim)}"]
        blocks.append("\n".join([*lines, *(f"  + [{id}]" for id in alone), *(f"  -> [{id}]" for id in claim.attacks)]))
        if joined:
            steps = [f"({n}) [{id}]" for n, id in enumerate([*joined, claim.id], 1)]
            blocks += [f"<to {claim.id}>", "\n".join([*steps[:-1], "----", steps[-1]])]
    return "\n\n".join(blocks) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    return _SPECIAL.sub(lambda mark: "".join("\\" + letter for letter in mark[0]), " ".join(text.split()))


def _tags(claim: Claim, verdict: str) -> str:
    words = [word for word in (claim.kind, claim.asserts, verdict) if word]
    return "".join(f" #({word})" if " " in word else f" #{word}" for word in words)


def _data(claim: Claim) -> str:
    found = {"id": claim.label, "part": claim.part, "sentence": list(claim.sentences)}
    given = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items() if value]
    return f" {{{', '.join(given)}}}" if given else ""


def claims_text(argument: Argument) -> str:
    """A skeleton as the text of a claims file of version 2."""
    about = [f"  {key}: {_quoted(text)}" for key, text in (("title", argument.title), ("by", argument.by))]
    lines = ["argument:", *about, f"  date: {argument.date}", f"  thesis: {_own(argument.thesis)}", "", "claims:"]
    for claim in argument.claims:
        links = ", ".join(f"{_own(id)}: {how}" for id, how in claim.supports.items())
        keys = {
            "id": _quoted(claim.label) if claim.label else "",
            "kind": claim.kind,
            "asserts": claim.asserts,
            "part": _quoted(claim.part) if claim.part else "",
            "sentence": str(list(claim.sentences)) if claim.sentences else "",
            "supports": f"{{{links}}}" if links else "",
            "attacks": f"[{', '.join(claim.attacks)}]" if claim.attacks else "",
            "says": _quoted(claim.says),
            "check": "[]  # no source yet" if claim.check is not None else "",
            "untestable": _quoted(claim.untestable) if claim.untestable else "",
        }
        lines += [f"  {_own(claim.id)}:", *(f"    {key}: {value}" for key, value in keys.items() if value)]
    return "\n".join(lines) + "\n"


def _own(id: str) -> str:
    return id.partition("/")[2]


def claims_of(source: Source, *, by: str, date: dt.date) -> tuple[Argument, ...]:
    """The arguments of an Argdown file as skeletons: that of the main statement, and that of what attacks it.

    Statements called `argument/claim` keep to their arguments, others are called after their titles. Facts are
    unchecked, conclusions stand on their steps, the rest has no test yet. `by` and `date`: where the file names none.

    Raises:
        InputError: If the file is no map, with every problem.
    """
    found = _Reader(source)
    arguments = _arguments(found, found.about.get("author", by), _day(found.about.get("date", ""), date))
    if found.problems:
        raise InputError(found.problems, what=source.name)
    return arguments


def _day(text: str, otherwise: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return otherwise


@dataclass
class _Statement:
    """What a file says of one statement, or of one sketched argument, wherever it stands."""

    title: str
    line: int
    titled: bool
    text: str = ""
    words: list[str] = field(default_factory=list)  # its tags
    data: dict[str, str | tuple[int, ...]] = field(default_factory=dict)
    supports: dict[str, str] = field(default_factory=dict)  # keys, with how
    attacks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Element:
    """A statement where it stands: `sign` is that of its relation, "premise", "inference" or ""."""

    line: int
    indent: int
    sign: str
    text: str


class _Reader:
    """One pass over a file: its statements by key, with their relations."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.statements: dict[str, _Statement] = {}
        self.about: dict[str, str] = {}
        self.concludes: dict[str, str] = {}  # a sketched argument that is spelt out: its conclusion
        part, before = "", ""
        for number, lines in self._blocks():
            if heading := re.fullmatch(r"#+\s+(.+)", lines[0]):
                part = heading[1].strip()
                continue
            last = self._block(list(_elements(number, lines)), part, before)
            before = last if last.startswith("<") else ""

    def bad(self, line: int, what: str, expected: str, got: str) -> None:
        self.problems.append(Problem(what, expected, got, "", self.source.place(line, 1)))

    def _blocks(self) -> Iterator[tuple[int, list[str]]]:
        """Paragraphs with the numbers of their first lines, without comments and front matter."""
        text = _COMMENT.sub(lambda found: "\0" + "\n\0" * found[0].count("\n"), "\n".join(self.source.lines))
        if matter := _MATTER.match(text):
            pairs = re.findall(r"^(title|author|date):\s*(.+?)\s*$", matter[1], re.M)
            self.about = {key: _unquoted(value) for key, value in pairs}
            text = "\n" * matter[0].count("\n") + text[matter.end() :]
        block: list[str] = []
        for number, line in enumerate([*text.split("\n"), ""], 1):
            plain = line.replace("\0", "")
            if plain.strip() or (block and plain != line):  # a comment's line is no empty line
                block.append(plain.expandtabs(4).rstrip())
            elif block:
                yield number - len(block), block
                block = []

    def _block(self, elements: Sequence[_Element], part: str, before: str) -> str:
        """Take in one paragraph; the key of its last statement on the left margin. `before`: the sketched argument
        that a list of premises spells out."""
        above: list[tuple[int, str]] = []  # indents and keys
        premises: list[str] = []
        outer = ""
        inferred = False
        for element in elements:
            if element.sign == "inference":
                inferred = True
                continue
            if not element.text:
                self.bad(element.line, "relation", "a statement after its sign", element.sign)
                continue
            key = self._statement(element, part)
            above = [(indent, other) for indent, other in above if indent < element.indent]
            if element.sign == "premise":
                if inferred:
                    for premise in premises:
                        self._relate(element.line, premise, key, "linked")
                    if before:
                        self.concludes[before] = key
                    premises = []
                premises.append(key)
                inferred = False
            elif element.sign and not above:
                self.bad(element.line, "relation", "a statement above it that is indented less", "none")
            elif element.sign:
                self._sign(element, above[-1][1], key)
            above.append((element.indent, key))
            outer = key if element.indent == 0 else outer
        return outer

    def _statement(self, element: _Element, part: str) -> str:
        """Take in what is said of a statement; its key."""
        text = element.text
        data: dict[str, str | tuple[int, ...]] = {"part": part} if part else {}
        if given := _DATA.search(text):
            data |= _metadata(given[0])
            text = text[: given.start()]
        words = [(bracketed or word).strip().lower() for bracketed, word in _TAG.findall(text)]
        text = _TAG.sub("", text).strip()
        titled = _TITLED.match(text)
        if text[:1] in ("[", "<") and titled is None:
            self.bad(element.line, "title", "a title that is closed, as [title]: or <title>:", text[:60])
        title, said = (titled["title"], titled["text"] if titled["colon"] else "") if titled else (text, text)
        title = " ".join(title.split())
        key = f"{titled['open']}{title}" if titled else f"{element.line} {title}"
        one = self.statements.setdefault(key, _Statement(title, element.line, titled is not None))
        if said.strip() and not one.text:
            one.text, one.line = re.sub(r"\\(.)", r"\1", " ".join(said.split())), element.line
        one.words += words
        one.data = data | one.data
        return key

    def _sign(self, element: _Element, parent: str, child: str) -> None:
        one, other = (parent, child) if element.sign.endswith(">") and element.sign != "><" else (child, parent)
        self._relate(element.line, one, other, "convergent" if "+" in element.sign else "attack")

    def _relate(self, line: int, one: str, other: str, how: str) -> None:
        if one == other:
            self.bad(line, "relation", "two statements", f"{self.statements[one].title}, twice")
        elif how == "attack":
            self.statements[one].attacks.append(other)
        elif self.statements[one].supports.get(other) != "linked":
            self.statements[one].supports[other] = how


def _elements(number: int, lines: Sequence[str]) -> Iterator[_Element]:
    """The statements of a paragraph, each with the lines that go on with it."""
    at: _Element | None = None
    for line, text in enumerate(lines, number):
        if not text:
            continue
        relation, premise = _RELATION.fullmatch(text), _PREMISE.match(text)
        if re.fullmatch(r"-{2,}", text.strip()):
            new = _Element(line, 0, "inference", "")
        elif relation:
            new = _Element(line, len(relation["indent"]), relation["sign"], relation["rest"] or "")
        elif premise:
            new = _Element(line, 0, "premise", premise["rest"])
        elif at is None:
            new = _Element(line, 0, "", text.strip())
        else:
            at = _Element(at.line, at.indent, at.sign, f"{at.text}\n{text.strip()}")
            continue
        if at:
            yield at
        at = new
    if at:
        yield at


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text)) if text.startswith('"') else text.strip("'")
    except ValueError:
        return text


def _metadata(text: str) -> dict[str, str | tuple[int, ...]]:
    """What the metadata of a statement say that a claim holds; the rest is somebody else's."""
    found: dict[str, str | tuple[int, ...]] = {}
    node = ya.parse_yaml(Source("metadata", text), [])
    for key, value in node.values.items() if isinstance(node, ya.Mapping) else ():
        if key in ("id", "part") and isinstance(value, ya.Scalar):
            found[key] = value.text.strip()
        elif key == "sentence":
            items = value.items if isinstance(value, ya.Sequence) else (value,)
            numbers = (item.text for item in items if isinstance(item, ya.Scalar))
            found[key] = tuple(int(number) for number in numbers if number.isdecimal())
    return found


def _arguments(found: _Reader, by: str, date: dt.date) -> tuple[Argument, ...]:
    """The statements of a file as claims of one argument or of several."""
    whole = {key: found.concludes.get(key, key) for key in found.statements}
    for key, to in found.concludes.items():  # what is said of a spelt-out argument is said of its conclusion
        found.statements[to].supports = found.statements[key].supports | found.statements[to].supports
        found.statements[to].attacks += found.statements[key].attacks
    links = {
        key: [
            (whole[other], how)
            for other, how in (*one.supports.items(), *((other, "attack") for other in one.attacks))
            if whole[other] != key
        ]
        for key, one in found.statements.items()
    }
    met = {other for pairs in links.values() for other, _ in pairs}
    kept = [k for k, one in found.statements.items() if whole[k] == k and (one.titled or links[k] or k in met)]
    if not kept:
        found.bad(1, "map", "at least one statement with a title or a relation", "none")
        return ()
    carried = {k: [other for other, how in links[k] if how != "attack"] for k in kept}
    try:
        TopologicalSorter(carried).prepare()
    except CycleError as error:
        ring = [found.statements[key].title for key in error.args[1]]
        line = found.statements[error.args[1][0]].line
        found.bad(line, "relation", "support that runs one way", f"a circle: {' supports '.join(ring[::-1])}")
        return ()
    stems = _stems(found, kept, links, carried)
    if found.problems:
        return ()
    kept = sorted((key for key in kept if stems[key]), key=lambda key: found.statements[key].line)
    ids: dict[str, str] = {}
    for key in kept:
        named = _WHOLE.fullmatch(found.statements[key].title)
        ids[key] = f"{stems[key]}/{_new_id(named[2] if named else found.statements[key].title, stems[key], ids)}"
    for key in kept:
        one = found.statements[key]
        for other, how in links[key]:
            if how == "attack" and stems[other] == stems[key]:
                titles = found.statements[other].title
                found.bad(one.line, "relation", "an attack on a claim of another argument", titles)
    title = found.about.get("title", found.source.name)
    arguments = []
    for stem in sorted({stems[key] for key in kept}):
        own = [key for key in kept if stems[key] == stem]
        claims = tuple(_claim(found.statements[key], key, links, ids) for key in own)
        thesis = ids[max(own, key=lambda key: (not carried[key], _below(key, carried), -own.index(key)))]
        arguments.append(Argument(stem, title, by, date, claims, thesis))
    return tuple(arguments)


def _below(key: str, carried: Mapping[str, Sequence[str]]) -> int:
    """How many statements support one, through others too."""
    reached, waiting = {key}, [key]
    while waiting:
        at = waiting.pop()
        new = {one for one, others in carried.items() if at in others} - reached
        reached |= new
        waiting += new
    return len(reached)


def _stems(
    found: _Reader,
    kept: Sequence[str],
    links: Mapping[str, Sequence[tuple[str, str]]],
    carried: Mapping[str, list[str]],
) -> dict[str, str]:
    """To which argument each statement belongs; "" where it is only named, as one of an argument in another file."""
    named = {key: _WHOLE.fullmatch(found.statements[key].title) for key in kept}
    if all(named.values()):
        written = {name[1] for key, name in named.items() if name and found.statements[key].text}
        return {key: name[1] if name and name[1] in written else "" for key, name in named.items()}
    near: dict[str, list[tuple[str, bool]]] = {key: [] for key in kept}
    for key in kept:
        for other, how in links[key]:
            near[key].append((other, how == "attack"))
            near[other].append((key, how == "attack"))
    against: dict[str, bool] = {}
    for root in sorted(kept, key=lambda key: (bool(links[key]), -_below(key, carried))):
        waiting = deque([root] if root not in against else [])
        against.setdefault(root, False)
        while waiting:
            at = waiting.popleft()
            for other, attack in near[at]:
                side = against[at] != attack
                if other not in against:
                    against[other] = side
                    waiting.append(other)
                elif against[other] != side:
                    one = found.statements[other]
                    titles = f"{one.title}, for and against {found.statements[at].title}"
                    found.bad(one.line, "relation", "statements on one side or the other", titles)
                    return dict.fromkeys(kept, "argument")
    return {key: "rebuttal" if against[key] else "argument" for key in kept}


def _new_id(title: str, stem: str, taken: Mapping[str, str]) -> str:
    """An id that no claim of the argument has: the first words of a title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    id = short = claim_id(plain)
    number = 1
    while f"{stem}/{id}" in taken.values():
        number += 1
        id = f"{short}-{number}"
    return id


def _claim(one: _Statement, key: str, links: Mapping[str, Sequence[tuple[str, str]]], ids: Mapping[str, str]) -> Claim:
    carries = any(how != "attack" and other == key for pairs in links.values() for other, how in pairs)
    kind = next((word for word in one.words if word in KINDS), "conclusion" if carries else "judgement")
    return Claim(
        ids[key],
        one.text or one.title,
        None,
        untestable="" if kind in ("conclusion", "fact") else NOT_YET,
        part=str(one.data.get("part", "")),
        kind=kind,
        asserts=next((word for word in one.words if word in STRENGTHS), "plain"),
        label=str(one.data.get("id", "")),
        supports={ids[other]: how for other, how in links[key] if how != "attack" and other in ids},
        attacks=tuple(ids[other] for other, how in links[key] if how == "attack" and other in ids),
        sentences=tuple(number for number in one.data.get("sentence", ()) if isinstance(number, int)),
        check=() if kind == "fact" else None,
    )
