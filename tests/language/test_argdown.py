"""Maps of arguments as Argdown: what is written reads back, maps from elsewhere become skeletons, whole messages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente import load
from detente.errors import InputError
from detente.language.argdown import NOT_YET, claims_of, claims_text, to_argdown
from detente.language.argument import KINDS, STRENGTHS, Argument, Claim
from detente.text.files import Source
from tests.language.test_read_claims import read as read_files

DAY = dt.date(2024, 8, 21)


def read(text: str) -> tuple[Argument, ...]:
    return claims_of(Source("map.argdown", text), by="A", date=DAY)


def skeleton(claim: Claim) -> Claim:
    """A claim without that by which it is judged."""
    untestable = "" if claim.kind in ("conclusion", "fact") else NOT_YET
    check = () if claim.kind == "fact" else None
    return replace(claim, test=None, untestable=untestable, check=check, value="", judge="", margin=None)


def test_the_founding_essay_and_its_rebuttal_go_out_and_come_in(tmp_path):
    arguments = load("kursk-2024").arguments
    found = read("\n".join(to_argdown(argument).split("===\n", 2)[2] for argument in arguments))
    assert [argument.id for argument in found] == ["essay", "rebuttal"]
    for argument, back in zip(arguments, found, strict=True):
        assert back.thesis == argument.thesis
        assert back.claims == tuple(skeleton(claim) for claim in argument.claims)
    again = read_files(tmp_path, **{argument.id: claims_text(argument) for argument in found})
    assert [argument.claims for argument in again] == [argument.claims for argument in found]
    assert [(argument.title, argument.by, argument.date) for argument in again] == [("map.argdown", "A", DAY)] * 2


def test_what_is_written():
    claims = (
        Claim("essay/all", "All of [it], 50 #1.", None, kind="conclusion", asserts="hedged", label="T0", part="P0"),
        Claim(
            "essay/one", "One.", None, kind="fact", asserts="plain", supports={"essay/all": "linked"}, sentences=(2,)
        ),
        Claim("essay/two", "Two.", None, kind="causal", asserts="flat", supports={"essay/all": "linked"}),
        Claim("essay/aside", "And.", None, kind="norm", asserts="open", supports={"essay/all": "convergent"}),
        Claim("essay/no", "No.", None, kind="norm", asserts="open", attacks=("memo/x",)),
    )
    assert to_argdown(Argument("essay", 'The "point"', "Somebody", DAY, claims, "essay/all")) == (
        """\
===
title: "The \\"point\\""
author: "Somebody"
date: "2024-08-21"
===

[essay/all]: All of \\[it\\], 50 \\#1. #conclusion #hedged {id: "T0", part: "P0"}
  + [essay/aside]

<to essay/all>

(1) [essay/one]
(2) [essay/two]
----
(3) [essay/all]

[essay/one]: One. #fact #plain {sentence: [2]}

[essay/two]: Two. #causal #flat

[essay/aside]: And. #norm #open

[essay/no]: No. #norm #open
  -> [memo/x]
"""
    )


def test_a_map_from_elsewhere_is_a_skeleton_of_two_sides():
    """Statements, sketched arguments, nesting, both directions, an inference, comments, headings and tags."""
    argument, rebuttal = read(
        """\
===
title: God
author: Hume
===

A word before the map.

# Is there one?

[God]: There is a god. // the point
  /* of the
  quarrel */
  + <Design>: Since the world is
    designed, somebody designed it. #hedged
    - <Evolution>: Selection
      explains it.
      + [Fossils]: Bones are found. #fact
  <- [Evil]: There is evil.

<Proof>: In short.

(1) [Perfect]: A perfect being exists.
(2) [Is god]: It would be a god. {part: "ontology"}
----
(3) [God]

<Doubt>: Is existence a perfection?
  -> <Proof>
"""
    )
    assert (argument.id, argument.title, argument.by, argument.date, argument.thesis) == (
        *("argument", "God", "Hume", DAY),
        "argument/god",
    )
    god, design, perfect, is_god = argument.claims
    assert (god.says, god.kind, god.untestable) == ("There is a god.", "conclusion", "")
    assert (design.says, design.asserts) == ("Since the world is designed, somebody designed it.", "hedged")
    assert design.supports == {"argument/god": "convergent"} and design.part == "Is there one?"
    assert perfect.supports == is_god.supports == {"argument/god": "linked"} and is_god.part == "ontology"
    evolution, fossils, evil, doubt = rebuttal.claims
    assert (evolution.id, evolution.kind, evolution.attacks) == (
        "rebuttal/evolution",
        "conclusion",
        ("argument/design",),
    )
    assert (fossils.kind, fossils.check, fossils.supports) == ("fact", (), {"rebuttal/evolution": "convergent"})
    assert evil.attacks == doubt.attacks == ("argument/god",) and doubt.untestable == NOT_YET
    assert rebuttal.thesis == "rebuttal/evolution"


def test_ids_come_from_titles_and_differ():
    (found,) = read("[Über uns!]: A\n  + [uber uns]: B\n  + [2nd]: C\n  + [and]: D\n  + just words that say so: E\n")
    assert [claim.id.partition("/")[2] for claim in found.claims] == [
        *("uber-uns", "uber-uns-2", "claim-2nd", "claim-and", "just-words-that-say-so-e"),
    ]
    assert found.claims[-1].says == "just words that say so: E"


WRONG = {
    "nothing": (
        "Only words.\n",
        """\
map.argdown:1:1: map
  1 | Only words.
    | ^
  expected at least one statement with a title or a relation
  got      'none'""",
    ),
    "a relation of nothing": (
        "  + [a]: A\n",
        """\
map.argdown:1:1: relation
  1 |   + [a]: A
    | ^
  expected a statement above it that is indented less
  got      'none'""",
    ),
    "a sign alone": (
        "[a]: A\n  +\n",
        """\
map.argdown:2:1: relation
  2 |   +
    | ^
  expected a statement after its sign
  got      '+'""",
    ),
    "a title that is open": (
        "[a]: A\n  + [b\n",
        """\
map.argdown:2:1: title
  2 |   + [b
    | ^
  expected a title that is closed, as [title]: or <title>:
  got      '[b'""",
    ),
    "a circle": (
        "[a]: A\n  + [b]: B\n    + [a]\n",
        """\
map.argdown:1:1: relation
  1 | [a]: A
    | ^
  expected support that runs one way
  got      'a circle: a supports b supports a'""",
    ),
    "for and against": (
        "[a]: A\n  + [b]: B\n    - [c]: C\n  + [c]\n",
        """\
map.argdown:3:1: relation
  3 |     - [c]: C
    | ^
  expected statements on one side or the other
  got      'c, for and against b'""",
    ),
    "an attack on its own side": (
        "[essay/a]: A\n  - [essay/b]: B\n",
        """\
map.argdown:2:1: relation
  2 |   - [essay/b]: B
    | ^
  expected an attack on a claim of another argument
  got      'essay/a'""",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_has_one_message(mistake):
    text, message = WRONG[mistake]
    with pytest.raises(InputError) as caught:
        read(text)
    (problem,) = caught.value.problems
    assert str(problem) == message


@given(st.data())
def test_any_map_reads_back(data):
    """Texts with any mark of Argdown, links of both kinds, labels and sentences."""
    texts = st.text(st.sampled_from("aB .,:;#[]<>{}*_@/\\+-=()\"'|~1ü—"), min_size=1).map(lambda t: f"x {t} y")
    claims = []
    for n in range(data.draw(st.integers(1, 8))):
        links = st.sampled_from(["linked", "convergent"])
        supports = data.draw(st.dictionaries(st.integers(0, n - 1), links, min_size=1)) if n else {}
        claims.append(
            Claim(
                f"essay/c{n}",
                " ".join(data.draw(texts).split()),
                None,
                kind=data.draw(st.sampled_from(KINDS)),
                asserts=data.draw(st.sampled_from(STRENGTHS)),
                label=data.draw(st.sampled_from(["", f"B{n}"])),
                part=data.draw(st.sampled_from(["", "P1"])),
                supports={f"essay/c{to}": how for to, how in supports.items()},
                sentences=tuple(data.draw(st.lists(st.integers(1, 40), max_size=3))),
            )
        )
    (found,) = read(to_argdown(Argument("essay", "T", "B", DAY, tuple(claims), "essay/c0")))
    assert found.claims == tuple(map(skeleton, claims))
    assert (found.title, found.by, found.date, found.thesis) == ("T", "B", DAY, "essay/c0")


@given(st.text(st.sampled_from("ab [](){}<>+-_=#:/\\\n 1"), max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        for argument in read(text):
            assert claims_text(argument)
    except InputError as error:
        assert error.problems
