"""`detente new --from TEXT`: the form, what it writes, how it goes on, and what it refuses."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from detente.language.load import load

OP_ED = Path(__file__).parent.parent / "language" / "drafting" / "balakot.txt"
SHORT = "A title\n\nOn 14 February 2019 a bomb went off. It may lead to war. Nobody wants that!\n"


@pytest.fixture
def typed(monkeypatch):
    """Answers that a person types; the input ends after them."""

    def type_(*answers: str) -> None:
        stdin = io.StringIO("".join(f"{answer}\n" for answer in answers))
        stdin.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", stdin)

    return type_


@pytest.fixture
def short(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("short.txt").write_text(SHORT, encoding="utf-8")


def test_all_proposals_are_a_scenario_that_passes_and_runs(tmp_path, monkeypatch, detente):
    monkeypatch.chdir(tmp_path)
    assert detente("new", "--from", OP_ED, "--yes", "--date", "2019-03-05") == (
        0,
        "wrote balakot: 19 claims. Next, `detente check balakot`\n",
        "",
    )
    made = load("balakot")
    assert [argument.thesis for argument in made.arguments] == ["balakot/thesis"]
    assert {claim.kind for claim in made.claims} >= {"fact", "causal", "counterfactual", "value", "norm", "prediction"}
    assert (str(made.clock.start), str(made.clock.now), str(made.clock.end)) == (
        "2018-09-03",
        "2019-03-04",
        "2019-09-02",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["balakot"]
    assert detente("check", "balakot").code == 0
    ran = detente("run", "balakot", "--no-files", "--quiet", "--draws", "32", "--futures", "4")
    assert (ran.code, ran.err) == (0, "")


def test_nothing_of_the_text_is_copied(tmp_path, monkeypatch, detente):
    monkeypatch.chdir(tmp_path)
    detente("new", "--from", OP_ED, "b", "--yes")
    words = OP_ED.read_text(encoding="utf-8").split()
    runs = {" ".join(words[at : at + 4]) for at in range(len(words))}
    written = "".join(" ".join(path.read_text(encoding="utf-8").split()) for path in Path("b").rglob("*.*"))
    assert written and not [run for run in runs if run in written]


def test_the_form(short, typed, detente):
    whole = "The bomb|me|soon|2019-03-05|War is near."
    back = (
        "|?||A bomb killed people.|3|what|b|f|It went off.|9|3"  # to the sentence before, which then says another thing
    )
    two = "c4+|It makes war likelier.||p|War comes.|3"
    rest = "x5|||IN=India, in=X|IN=India, PK||2019-03-04||2019-03-03||||"
    typed(*"|".join((whole, back, two, rest)).split("|"))
    done = detente("new", "--from", "short.txt", "s")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("wrote s: 4 claims. Next, `detente check s`\n")
    made = load("s")
    assert [(c.id, c.kind, c.asserts, c.says, dict(c.supports), c.sentences) for c in made.claims] == [
        ("short/thesis", "conclusion", "plain", "War is near.", {}, ()),
        ("short/s2", "fact", "plain", "It went off.", {"short/s3": "convergent"}, (2,)),
        ("short/s3", "causal", "flat", "It makes war likelier.", {"short/thesis": "convergent"}, (3,)),
        ("short/s3b", "prediction", "hedged", "War comes.", {"short/s3": "convergent"}, (3,)),
        (
            "short/s4",
            "counterfactual",
            "certain",
            "Sentence 4: (say it in your own words)",
            {"short/thesis": "convergent"},
            (4,),
        ),
    ]
    assert {id: actor.name for id, actor in made.actors.items()} == {"IN": "India", "PK": "PK"}


def test_what_was_quit_goes_on(short, typed, detente):
    typed("", "", "", "", "", "", "Killed.", "", "q")  # the input ends before actors and clock: as proposed
    done = detente("new", "--from", "short.txt")
    assert done.code == 0
    assert done.out.endswith(
        "wrote short: 1 claim; the same words go on at sentence 3 of 4. Next, `detente check short`\n"
    )
    file = Path("short/claims/short.yaml")
    file.write_text(file.read_text(encoding="utf-8") + "  # a note of the analyst\n", encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    typed("", "", "2+")
    done = detente("new", "--from", "short.txt")
    assert done.out.endswith(
        "added to short/claims/short.yaml: 1 claim; the same words go on at sentence 4 of 4. "
        "Next, `detente check short`\n"
    )
    assert file.read_text(encoding="utf-8").startswith(before.replace("1 to 2 of 4", "1 to 3 of 4"))
    assert detente("new", "--from", "short.txt", "--yes").out == (
        "added to short/claims/short.yaml: 1 claim. Next, `detente check short`\n"
    )
    made = load("short")
    assert [claim.id for claim in made.claims] == ["short/thesis", "short/s2", "short/s3", "short/s4"]
    assert dict(made.claims[2].supports) == {"short/s2": "linked"}
    assert detente("new", "--from", "short.txt", "--yes").err.startswith("1 problem in the options\n\nNAME\n")


def test_nothing_said_nothing_written(short, typed, detente):
    for answers in ((), ("", "", "", "", "q")):
        typed(*answers)
        done = detente("new", "--from", "short.txt")
        assert done.code == 0 and done.out.endswith("nothing was written\n")
        assert not Path("short").exists()


def test_links_that_lead_nowhere_or_round(short, typed, detente):
    typed("", "", "", "", "", "", "", "3", "", "", "2", "s")
    done = detente("new", "--from", "short.txt")
    assert "these support the thesis, for what they named is no claim: s3\n" in done.out
    assert dict(load("short").claims[2].supports) == {"short/thesis": "convergent"}


def message(detente, *arguments) -> str:
    done = detente("new", *arguments)
    assert (done.code, done.out) == (2, "")
    return done.err


def test_what_is_refused(short, detente):
    what = "1 problem in the options\n\n"
    assert message(detente, "--from", "short.txt") == (
        f"{what}--from\n  expected a terminal, to ask about each sentence\n  got      'none'\n"
        "  hint     --yes takes every proposal and asks nothing\n"
    )
    assert message(detente, "--from", "short.txt", "--yes", "--date", "soon") == (
        f"{what}--date\n  expected a day as YYYY-MM-DD\n  got      'soon'\n"
    )
    Path("plain.txt").write_text("He walked home.")
    assert message(detente, "--from", "plain.txt", "--yes") == (
        f"{what}--date\n  expected the day it appeared\n  got      'a text that names no day'\n"
        "  hint     the clock is counted from it\n"
    )
    assert message(detente, "a", "--yes") == f"{what}--yes\n  expected --from TEXT beside it\n  got      'no text'\n"
    assert message(detente) == f"{what}NAME\n  expected the folder to make\n  got      'nothing'\n"
    Path("empty.txt").write_text("")
    assert message(detente, "--from", "empty.txt", "--yes") == (
        "1 problem in the text\n\nempty.txt\n  expected a text of at least one sentence\n  got      'no words'\n"
    )
    assert message(detente, "--from", "gone.txt", "--yes") == (
        "1 problem in the text\n\ngone.txt\n  expected a file\n  got      'no such file'\n"
    )
    assert sorted(path.name for path in Path().iterdir()) == ["empty.txt", "plain.txt", "short.txt"]


def test_another_text_does_not_go_on(short, typed, detente):
    typed("", "", "", "", "", "", "", "", "q")
    detente("new", "--from", "short.txt")
    Path("short.txt").write_text(SHORT.replace("war", "peace"), encoding="utf-8")
    assert message(detente, "--from", "short.txt", "--yes") == (
        "1 problem in the options\n\n--from\n  expected the text that short/claims/short.yaml was made from\n"
        "  got      'short.txt'\n  hint     numbers of sentences would not fit; name another folder\n"
    )


def test_a_day_no_clock_can_hold_and_a_map_are_refused(short, detente):
    late = message(detente, "--from", "short.txt", "--yes", "--date", "9999-12-31")
    assert "expected a day as YYYY-MM-DD" in late
    Path("map.argdown").write_text("[T]: It is so.\n", encoding="utf-8")
    assert "got      'a map in Argdown'" in message(detente, "--from", "map.argdown", "--yes")


def test_a_claims_file_that_cannot_be_added_to_is_left_as_it_is(short, typed, detente):
    typed("", "", "", "", "", "", "Killed.", "", "q")
    assert detente("new", "--from", "short.txt").code == 0
    file = Path("short/claims/short.yaml")
    head = file.read_text(encoding="utf-8").partition("argument:")[0]
    file.write_text(
        head
        + "argument: {title: T, by: B, date: 2024-01-01, thesis: thesis}\n"
        + "claims: {thesis: {kind: conclusion, asserts: plain, says: All.}}\n",
        encoding="utf-8",
    )
    before = file.read_text(encoding="utf-8")
    done = detente("new", "--from", "short.txt", "--yes")
    assert (done.code, file.read_text(encoding="utf-8")) == (2, before)
    assert "short/claims/short.yaml" in done.err
