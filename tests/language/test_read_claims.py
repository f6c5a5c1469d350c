"""Claims files of both versions: what they read to, and whole messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import InputError
from detente.language.argument import KINDS, STRENGTHS, Argument, Finding
from detente.language.load import load

MODEL = """
detente: 1
title: Small
clock: {start: 2023-01-02, branch: 2023-01-09, now: 2023-01-16, end: 2023-03-13, step: 1 week}
actors: {A: One}
parameters: {push: {prior: "normal(0, 1)", unit: logit}, worth: {prior: "normal(0, 1)", unit: utility}}
stocks: {heat: {initial: 0, unit: degree, range: [0, 1]}}
tracks: {A.act: {go: {rung: 1, appeal: push}}}
courses: {forced: {force: {A.act: {2023-01-09: go}}}, held: {forbid: {A.act: [go]}}}
"""
ABOUT = "argument: {title: T, by: B, date: 2023-01-01, thesis: T0}\nclaims:\n"
ROOT = "  whole: {id: T0, kind: conclusion, asserts: hedged, says: All of it.}\n"
GOES = "P(A.act:go by 2023-02-06 | forced) > P(A.act:go by 2023-02-06 | held)"


def read(folder: Path, **files: str) -> tuple[Argument, ...]:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "claims").mkdir(exist_ok=True)
    (folder / "scenario.yaml").write_text(MODEL, encoding="utf-8")
    for stem, text in files.items():
        (folder / "claims" / f"{stem}.yaml").write_text(text, encoding="utf-8")
    return load(folder).arguments


def refused(folder: Path, claim: str, **files: str) -> str:
    """The one problem with a file of two claims, without the count above it and the folder's name."""
    with pytest.raises(InputError) as caught:
        read(folder / "small", essay=f"{ABOUT}{ROOT}{claim}", **files)
    (problem,) = caught.value.problems
    return str(problem)


def test_every_key_is_read(tmp_path):
    lines = [
        "  step:",
        "    {id: B1, kind: causal, asserts: plain, says: Go., part: P1, sentence: [2, 3], supports: {T0: linked},",
        f"    test: '{GOES}', judge: draws, margin: 0.03}}",
        "  seen:",
        "    id: B2",
        "    kind: fact",
        "    asserts: flat",
        "    says: It was seen.",
        "    sentence: 1",
        "    supports: [step, T0]",
        "    check:",
        "      - {source: S, published: 2023-01, grade: B2, finds: disputes, side: A, note: N, url: 'https://example.org'}",
        "  taste: {kind: value, asserts: open, says: It matters., value: worth}",
    ]
    (found,) = read(tmp_path, essay=f"{ABOUT}{ROOT}" + "\n".join(lines) + "\n")
    whole, step, seen, taste = found.claims
    assert (found.thesis, whole.kind, whole.test, whole.untestable) == ("essay/whole", "conclusion", None, "")
    assert (step.id, step.label, step.kind, step.asserts, step.part) == ("essay/step", "B1", "causal", "plain", "P1")
    assert (step.supports, step.sentences, step.judge, step.margin) == (
        {"essay/whole": "linked"},
        (2, 3),
        "draws",
        0.03,
    )
    assert step.test is not None and step.test.text == GOES
    assert seen.supports == {"essay/step": "convergent", "essay/whole": "convergent"} and seen.sentences == (1,)
    assert seen.check == (Finding("S", "2023-01", "B2", "disputes", "A", "N", "https://example.org"),)
    assert (taste.value, taste.check, taste.label) == ("worth", None, "")


def test_a_fact_that_nobody_checked_has_an_empty_list(tmp_path):
    (found,) = read(tmp_path, essay=f"{ABOUT}{ROOT}  seen: {{kind: fact, asserts: flat, says: S., check: []}}\n")
    assert found.claims[1].check == ()


@pytest.mark.parametrize(
    ("kind", "asserts", "read_as"),
    [
        ("advice", "attributed", ("norm", "hedged")),
        ("history", "posed", ("causal", "hedged")),
        ("thought experiment", "implied", ("counterfactual", "plain")),
        ("dilemma", "certain", ("judgement", "certain")),
    ],
)
def test_words_of_maps_are_read_as_ours(tmp_path, kind, asserts, read_as):
    claim = f"  step: {{kind: {kind}, asserts: {asserts}, says: S., untestable: because}}\n"
    (found,) = read(tmp_path, essay=f"{ABOUT}{ROOT}{claim}")
    assert (found.claims[1].kind, found.claims[1].asserts) == read_as


def test_version_1_is_still_read(tmp_path):
    text = f"argument: {{title: T, by: B, date: 2023-01-01}}\nclaims:\n  a: {{says: S., part: P1, test: '{GOES}'}}\n"
    (found,) = read(tmp_path, essay=text + "  b: {says: S., untestable: nobody knows}\n")
    first, second = found.claims
    assert (found.thesis, first.kind, first.asserts, first.supports, first.part) == ("", "", "", {}, "P1")
    assert (second.test, second.untestable) == (None, "nobody knows")


def test_version_1_has_exactly_one_of_two(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path / "small", essay="argument: {title: T, by: B, date: 2023-01-01}\nclaims:\n  a: {says: S.}\n")
    assert str(caught.value) == (
        """\
1 problem in the scenario

small/claims/essay.yaml:3:3: claims.a
  3 |   a: {says: S.}
    |   ^
  expected exactly one of test, untestable
  got      'none of them'"""
    )


STEP = "kind: fact, asserts: open, says: S."
WRONG = {
    "an unknown kind": (
        "  step: {kind: casual, asserts: plain, says: S., untestable: no}\n",
        """\
small/claims/essay.yaml:4:16: claims.step.kind
  4 |   step: {kind: casual, asserts: plain, says: S., untestable: no}
    |                ^
  expected one of: fact, causal, counterfactual, prediction, analogy, judgement, value, norm, concession, conclusion
  got      'casual'
  hint     did you mean 'causal'?""",
    ),
    "a wrong strength": (
        "  step: {kind: causal, asserts: certainly, says: S., untestable: no}\n",
        """\
small/claims/essay.yaml:4:33: claims.step.asserts
  4 |   step: {kind: causal, asserts: certainly, says: S., untestable: no}
    |                                 ^
  expected one of: open, hedged, plain, flat, certain
  got      'certainly'
  hint     did you mean 'certain'?""",
    ),
    "no strength": (
        "  step: {kind: causal, says: S., untestable: no}\n",
        """\
small/claims/essay.yaml:4:9: claims.step.asserts
  4 |   step: {kind: causal, says: S., untestable: no}
    |         ^
  expected one of: open, hedged, plain, flat, certain
  got      'nothing'""",
    ),
    "a test and a check": (
        f"  step: {{{STEP}, test: push > 0, check: []}}\n",
        f"""\
small/claims/essay.yaml:4:3: claims.step
  4 |   step: {{{STEP}, test: push > 0, check: []}}
    |   ^
  expected exactly one of test, check, value, untestable
  got      'test and check'""",
    ),
    "neither": (
        f"  step: {{{STEP}}}\n",
        f"""\
small/claims/essay.yaml:4:3: claims.step
  4 |   step: {{{STEP}}}
    |   ^
  expected exactly one of test, check, value, untestable
  got      'none of them'""",
    ),
    "a conclusion with a test": (
        "  step: {kind: conclusion, asserts: plain, says: S., test: push > 0}\n",
        """\
small/claims/essay.yaml:4:3: claims.step
  4 |   step: {kind: conclusion, asserts: plain, says: S., test: push > 0}
    |   ^
  expected none of test, check, value, untestable
  got      'test'""",
    ),
    "support of a claim that is not there": (
        f"  step: {{{STEP}, untestable: no, supports: [T1]}}\n",
        """\
small/claims/essay.yaml:4:74: claims.step.supports[0]
  4 |   step: {kind: fact, asserts: open, says: S., untestable: no, supports: [T1]}
    |                                                                          ^
  expected the id of a claim of this file
  got      'T1'""",
    ),
    "support of itself": (
        f"  step: {{{STEP}, untestable: no, supports: [step]}}\n",
        """\
small/claims/essay.yaml:4:73: claims.step.supports
  4 |   step: {kind: fact, asserts: open, says: S., untestable: no, supports: [step]}
    |                                                                         ^
  expected the ids of other claims
  got      'its own'""",
    ),
    "another kind of link": (
        f"  step: {{{STEP}, untestable: no, supports: {{T0: needed}}}}\n",
        """\
small/claims/essay.yaml:4:78: claims.step.supports.T0
  4 |   step: {kind: fact, asserts: open, says: S., untestable: no, supports: {T0: needed}}
    |                                                                              ^
  expected one of: linked, convergent
  got      'needed'""",
    ),
    "a circle of support": (
        f"  step: {{{STEP}, untestable: no, supports: [more]}}\n  more: {{{STEP}, untestable: no, supports: [step]}}\n",
        """\
small/claims/essay.yaml:4:73: claims.step.supports
  4 |   step: {kind: fact, asserts: open, says: S., untestable: no, supports: [more]}
    |                                                                         ^
  expected support that runs one way
  got      'a circle: step supports more supports step'""",
    ),
    "an attack on nothing": (
        f"  step: {{{STEP}, untestable: no, attacks: [rebuttal/b]}}\n",
        """\
small/claims/essay.yaml:4:72: claims.step.attacks
  4 |   step: {kind: fact, asserts: open, says: S., untestable: no, attacks: [rebuttal/b]}
    |                                                                        ^
  expected a claim of another argument, as argument/id
  got      'rebuttal/b'""",
    ),
    "a margin without a comparison": (
        f"  step: {{{STEP}, test: push > 0 and worth > 0, margin: 0.1}}\n",
        """\
small/claims/essay.yaml:4:85: claims.step.margin
  4 |   step: {kind: fact, asserts: open, says: S., test: push > 0 and worth > 0, margin: 0.1}
    |                                                                                     ^
  expected a test that is one comparison of two numbers
  got      'push > 0 and worth > 0'""",
    ),
    "a margin without a test": (
        f"  step: {{{STEP}, untestable: no, margin: 0.1}}\n",
        """\
small/claims/essay.yaml:4:71: claims.step.margin
  4 |   step: {kind: fact, asserts: open, says: S., untestable: no, margin: 0.1}
    |                                                                       ^
  expected a claim with a test
  got      'margin without one'""",
    ),
    "a margin of nothing": (
        f"  step: {{{STEP}, test: push > 0, margin: 0}}\n",
        """\
small/claims/essay.yaml:4:71: claims.step.margin
  4 |   step: {kind: fact, asserts: open, says: S., test: push > 0, margin: 0}
    |                                                                       ^
  expected a number above 0
  got      '0'""",
    ),
    "another judge": (
        f"  step: {{{STEP}, test: push > 0, judge: mean}}\n",
        """\
small/claims/essay.yaml:4:70: claims.step.judge
  4 |   step: {kind: fact, asserts: open, says: S., test: push > 0, judge: mean}
    |                                                                      ^
  expected one of: average, draws
  got      'mean'""",
    ),
    "an average of nothing": (
        f"  step: {{{STEP}, test: push > 0 and worth > 0, judge: average}}\n",
        """\
small/claims/essay.yaml:4:84: claims.step.judge
  4 |   step: {kind: fact, asserts: open, says: S., test: push > 0 and worth > 0, judge: average}
    |                                                                                    ^
  expected a test that is one comparison by < or >
  got      'push > 0 and worth > 0'
  hint     write judge: draws""",
    ),
    "a value that is no parameter": (
        "  step: {kind: value, asserts: plain, says: S., value: wroth}\n",
        """\
small/claims/essay.yaml:4:56: claims.step.value
  4 |   step: {kind: value, asserts: plain, says: S., value: wroth}
    |                                                        ^
  expected the id of a parameter, which the reader sets
  got      'wroth'
  hint     did you mean 'worth'?""",
    ),
    "half a sentence": (
        f"  step: {{{STEP}, untestable: no, sentence: [1.5]}}\n",
        """\
small/claims/essay.yaml:4:74: claims.step.sentence[0]
  4 |   step: {kind: fact, asserts: open, says: S., untestable: no, sentence: [1.5]}
    |                                                                          ^
  expected the number of a sentence of the source, from 1
  got      '1.5'""",
    ),
    "another grade": (
        f"  step: {{{STEP}, check: [{{source: S, published: 2023, grade: b-2, finds: disputes}}]}}\n",
        """\
small/claims/essay.yaml:4:91: claims.step.check[0].grade
  4 |   step: {kind: fact, asserts: open, says: S., check: [{source: S, published: 2023, grade: b-2, finds: disputes}]}
    |                                                                                           ^
  expected an Admiralty grade, A1 to F6
  got      'b-2'
  hint     write B2""",
    ),
    "another finding": (
        f"  step: {{{STEP}, check: [{{source: S, published: 2023, grade: B2, finds: confirm}}]}}\n",
        """\
small/claims/essay.yaml:4:102: claims.step.check[0].finds
  4 |   step: {kind: fact, asserts: open, says: S., check: [{source: S, published: 2023, grade: B2, finds: confirm}]}
    |                                                                                                      ^
  expected one of: confirms, disputes, refutes
  got      'confirm'
  hint     did you mean 'confirms'?""",
    ),
    "another day of publication": (
        f"  step: {{{STEP}, check: [{{source: S, published: May 23, grade: B2, finds: confirms}}]}}\n",
        """\
small/claims/essay.yaml:4:78: claims.step.check[0].published
  4 |   step: {kind: fact, asserts: open, says: S., check: [{source: S, published: May 23, grade: B2, finds: confirms}]}
    |                                                                              ^
  expected a year, month or day, as YYYY, YYYY-MM or YYYY-MM-DD
  got      'May 23'""",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_has_one_message(tmp_path, mistake):
    claim, message = WRONG[mistake]
    assert refused(tmp_path, claim) == message


def test_a_file_of_version_2_has_a_thesis(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path / "small", essay=f"argument: {{title: T, by: B, date: 2023-01-01}}\nclaims:\n{ROOT}")
    assert str(caught.value) == (
        """\
1 problem in the scenario

small/claims/essay.yaml:1:11: argument.thesis
  1 | argument: {title: T, by: B, date: 2023-01-01}
    |           ^
  expected the id of the claim that all others serve
  got      'nothing'"""
    )


REBUTTAL = (
    "argument: {title: R, by: B, date: 2023-01-01, thesis: r}\nclaims:\n"
    "  r: {kind: conclusion, asserts: plain, says: No., attacks: [ATTACKED]}\n"
)


@pytest.mark.parametrize("name", ["essay/T0", "essay/whole", "T0", "whole"])
def test_an_attack_names_a_claim_by_id_or_label(tmp_path, name):
    _, rebuttal = read(tmp_path, essay=f"{ABOUT}{ROOT}", rebuttal=REBUTTAL.replace("ATTACKED", name))
    assert rebuttal.claims[0].attacks == ("essay/whole",)


def test_an_attack_on_a_name_that_two_arguments_have_is_refused(tmp_path):
    other = ABOUT + ROOT
    message = refused(tmp_path, "", memo=other, rebuttal=REBUTTAL.replace("ATTACKED", "T0"))
    assert message == (
        """\
small/claims/rebuttal.yaml:3:61: claims.r.attacks
  3 |   r: {kind: conclusion, asserts: plain, says: No., attacks: [T0]}
    |                                                             ^
  expected a claim of another argument, as argument/id
  got      'T0'
  hint     write essay/whole or memo/whole"""
    )


@given(
    kinds=st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(STRENGTHS)), min_size=1, max_size=12),
    data=st.data(),
)
def test_any_map_without_a_circle_is_read_and_a_step_back_is_not(tmp_path_factory, kinds, data):
    """Claims that support earlier ones only; then the first is made to support the last, which it already carries."""
    folder = tmp_path_factory.mktemp("map")
    ways = {"conclusion": "", "value": ", value: worth", "fact": ", check: []"}
    links = [
        data.draw(st.dictionaries(st.integers(0, n - 1), st.sampled_from(["linked", "convergent"]), min_size=1))
        for n in range(1, len(kinds))
    ]
    lines = []
    for n, (kind, asserts) in enumerate(kinds):
        supports = ", ".join(f"c{to}: {link}" for to, link in links[n - 1].items()) if n else ""
        more = f", supports: {{{supports}}}" if supports else ""
        way = ways.get(kind, ", untestable: no")
        lines.append(f"  c{n}: {{kind: {kind}, asserts: {asserts}, says: S.{way}{more}}}\n")
    about = "argument: {title: T, by: B, date: 2023-01-01, thesis: c0}\nclaims:\n"
    (found,) = read(folder, essay=about + "".join(lines))
    assert [(claim.kind, claim.asserts) for claim in found.claims] == kinds
    for claim, link in zip(found.claims[1:], links, strict=True):
        assert claim.supports == {f"essay/c{to}": how for to, how in link.items()}
    if len(kinds) > 1:
        lines[0] = lines[0].replace("}\n", f", supports: [c{len(kinds) - 1}]}}\n")
        with pytest.raises(InputError) as caught:
            read(folder, essay=about + "".join(lines))
        (problem,) = caught.value.problems
        assert problem.got.startswith("a circle: ")
        ring = problem.got.removeprefix("a circle: ").split(" supports ")
        assert ring[0] == ring[-1] and "c0" in ring


def test_a_ladder_of_support_is_read_at_once(tmp_path):
    """Each of two claims a level supports both of the next: as many paths as 2 to the number of levels."""
    rungs = [f"  a{n}: {{{STEP}, check: [], supports: [a{n + 1}, b{n + 1}]}}\n" for n in range(60)]
    rungs += [f"  b{n}: {{{STEP}, check: [], supports: [a{n + 1}, b{n + 1}]}}\n" for n in range(60)]
    rungs += [f"  {side}60: {{{STEP}, check: []}}\n" for side in "ab"]
    (found,) = read(tmp_path, essay=f"{ABOUT}{ROOT}" + "".join(rungs))
    assert len(found.claims) == 1 + 122


def test_a_mark_belongs_to_one_claim(tmp_path):
    twice = f"  one: {{id: B1, {STEP}, check: []}}\n  two: {{id: B1, {STEP}, check: []}}\n"
    assert "claims.two.id" in (message := refused(tmp_path, twice))
    assert "expected a mark that no other claim of this file has\n  got      'B1'" in message
