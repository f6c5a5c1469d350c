"""What words suggest: each group of the lexicon, and its order."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.errors import InputError
from detente.language.argument import KINDS, STRENGTHS
from detente.language.drafting.lexicon import Proposal, by_lexicon, read_lexicon
from detente.language.drafting.sentences import Sentence, split_sentences

OP_ED = Path(__file__).with_name("balakot.txt")


@pytest.mark.parametrize(
    ("text", "kind", "asserts"),
    [
        ("It may have deterred them.", "causal", "hedged"),
        ("It’s hard to say who won.", "judgement", "open"),
        ("No one knows how many died.", "judgement", "open"),
        ("Why would they?", "judgement", "hedged"),
        ("There is no doubt that the raid provoked an answer.", "causal", "certain"),
        ("Every raid provoked a harsher one.", "causal", "flat"),
        ("If it had not, they would have talked.", "counterfactual", "plain"),
        ("Delhi ought to wait.", "norm", "plain"),
        ("Lives matter more than land.", "value", "plain"),
        ("To be sure, it could have been worse.", "concession", "hedged"),
        ("In short, it failed.", "conclusion", "plain"),
        ("It was 1914 again, as in 1938.", "analogy", "plain"),
        ("There will almost certainly be another.", "prediction", "flat"),
        ("40 men died.", "fact", "plain"),
        ("It began on 3 May 1999.", "fact", "plain"),
        ("The raid was a mistake.", "judgement", "plain"),
        ("The raid made war more likely.", "causal", "plain"),
        ("They walked home.", "judgement", "plain"),
    ],
)
def test_kind_and_strength(text, kind, asserts):
    found = by_lexicon(Sentence(1, 1, text))
    assert (found.kind, found.asserts) == (kind, asserts)


def test_a_proposal_says_why():
    assert by_lexicon(Sentence(1, 1, "Perhaps they will.")) == Proposal(
        "prediction",
        "hedged",
        "will: says what is to come",
        "Perhaps: a hedge, which leaves room for the opposite",
    )


def test_the_op_ed():
    found = [by_lexicon(sentence) for sentence in split_sentences(OP_ED.read_text(encoding="utf-8"))]
    assert [(one.kind, one.asserts) for one in found] == [
        ("judgement", "plain"),
        ("fact", "plain"),
        ("fact", "plain"),
        ("fact", "hedged"),
        ("judgement", "plain"),
        ("concession", "hedged"),
        ("judgement", "hedged"),
        ("causal", "plain"),
        ("fact", "hedged"),
        ("judgement", "plain"),
        ("counterfactual", "plain"),
        ("causal", "plain"),
        ("prediction", "plain"),
        ("judgement", "hedged"),
        ("causal", "plain"),
        ("prediction", "open"),
        ("prediction", "certain"),
        ("value", "plain"),
        ("norm", "plain"),
        ("conclusion", "plain"),
    ]


def test_every_group_has_a_reason_and_a_source():
    lexicon = read_lexicon()
    assert {group.gives for group in lexicon.strength} == set(STRENGTHS) - {"plain"}
    assert {group.gives for group in lexicon.kind} == set(KINDS)
    for group in (*lexicon.strength, *lexicon.kind):
        assert group.why and group.sources and group.words
        assert len(set(group.words)) == len(group.words), group.id


def test_a_lexicon_that_cannot_be_read(tmp_path):
    path = tmp_path / "lexicon.yaml"
    path.write_text(
        "sources: {a: A}\nstrength: {x: {gives: sure, why: x, source: [b], words: [x]}}\nkind: {}\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_lexicon(path)
    assert str(caught.value) == (
        "2 problems in the lexicon\n\n"
        "lexicon.yaml:2:23: strength.x.gives\n"
        "  2 | strength: {x: {gives: sure, why: x, source: [b], words: [x]}}\n"
        "    |                       ^\n"
        "  expected one of: open, hedged, plain, flat, certain\n"
        "  got      'sure'\n\n"
        "lexicon.yaml:2:46: strength.x.source[0]\n"
        "  2 | strength: {x: {gives: sure, why: x, source: [b], words: [x]}}\n"
        "    |                                              ^\n"
        "  expected the id of a source of this file\n"
        "  got      'b'"
    )
