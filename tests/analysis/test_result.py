"""The result object: plain values, rounded, and nothing that JSON cannot hold."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import astuple

from detente.analysis.result import (
    hypothesis_results,
    lead_event,
    ledger_results,
    parameter_results,
)
from detente.language.priors import Prior
from detente.language.records import Row
from tests.analysis.made import claiming, independent
from tests.engine.games import START, event, move, scenario, stock, track


def folded_scenario():
    """Two moves of one track on one day, of which the lower is folded; a hold; an event; a remark."""
    built = scenario(
        tracks=[track("A.war", move("raid", "0"), move("strike", "0", rung=3)), track("B.war", move("raid", "0"))],
        events=[event("shot", 0.1), event("other", 0.1)],
    )
    day = dt.timedelta(days=1)
    rows = (
        Row(START, "A.war", "raid", line=2),
        Row(START, "A.war", "strike", line=3),
        Row(START, "B.war", "raid", line=4),
        Row(START + day, "A.war", "hold", line=5),
        Row(START + day, "event", "shot", line=6),
        Row(START + day, "context", "a speech", line=7),
    )
    return replace(built, ledger=rows)


def test_ledger_rows_carry_their_rung_and_whether_folded():
    found = ledger_results(folded_scenario())
    assert [(r.track, r.move, r.rung, r.folded) for r in found] == [
        ("A.war", "raid", 1, True),
        ("A.war", "strike", 3, False),
        ("B.war", "raid", 1, False),
        ("A.war", "hold", 0.0, False),
        ("event", "shot", None, False),
        ("context", "a speech", None, False),
    ]


def test_lead_event_is_the_one_most_claims_ask_about():
    built = folded_scenario()
    assert lead_event(built) == "shot", "with no claims, the first"
    asked = claiming(
        built, a="P(other | free) > 0.5", b="P(shot | free) > 0.1", c="P(other | free) > P(shot | free) + 0.1"
    )
    assert lead_event(asked) == "other", "two each: the one asked about first"
    assert lead_event(claiming(built, a="P(other | free) > 0.5")) == "other"
    assert lead_event(claiming(built, a="P(A.war:raid | free) > 0.5")) == "shot"
    assert lead_event(scenario()) is None


def two_hypotheses():
    return scenario(
        parameters={
            "free": Prior("normal", (0.0, 1.0)),
            "line": Prior("normal", (5.0, 1.0)),
            "set": Prior("fixed", (2,)),
        },
        stocks=[stock("x", "free")],
        hypotheses={"line": {}, "bluff": {"line": Prior("fixed", (1e9,))}},
    )


def test_parameters_are_summed_where_they_vary():
    """A red line that one hypothesis puts at 1e9 is described under the other alone."""
    built = two_hypotheses()
    rng = np.random.default_rng(1)
    hypothesis = np.repeat([0, 1], 400)
    base = rng.normal(size=800)

    def draws(sd):
        line = np.where(hypothesis == 0, 5 + sd * base, 1e9)
        values = [sd * base, line, np.full(800, 2.0)]
        return independent(("free", "line", "set"), values, hypothesis, ("line", "bluff"))

    found = parameter_results(built, draws(1.0), draws(0.5))
    assert found["line"].hypotheses == ["line"]
    assert found["line"].posterior.mean == pytest.approx(5, abs=0.1)
    assert found["line"].prior.sd == pytest.approx(1, abs=0.1)
    assert astuple(found["line"].by_hypothesis["bluff"]) == pytest.approx((1e9, 0, 1e9, 1e9), abs=1e-5)
    assert found["line"].posterior_mc_error < 0.1, "the other hypothesis adds nothing to the error"
    assert found["free"].hypotheses == ["line", "bluff"]
    assert found["free"].learned == pytest.approx(0.75, abs=5 * found["free"].learned_mc_error)
    assert 0 < found["free"].learned_mc_error < 0.05
    assert found["set"].learned is None, "nothing can be learned of what is fixed"
    assert (found["set"].prior.mean, found["set"].prior.sd) == pytest.approx((2, 0))
    assert found["free"].prior_text == "normal(0, 1)"


def test_learned_is_never_negative():
    built = two_hypotheses()
    narrow = independent(
        ("free", "line", "set"), np.tile(np.linspace(-1, 1, 64), (3, 1)), np.repeat([0, 1], 32), ("line", "bluff")
    )
    wide = replace(narrow, values=3 * narrow.values)
    assert parameter_results(built, narrow, wide)["free"].learned == 0.0


def test_hypotheses_without_a_fit():
    built = two_hypotheses()
    draws = independent(("free", "line", "set"), np.zeros((3, 64)), np.repeat([0, 1], 32), ("line", "bluff"))
    found = hypothesis_results(built, None, draws)
    assert [h.prior for h in found.values()] == [0.5, 0.5]
    assert [h.posterior for h in found.values()] == pytest.approx([0.5, 0.5])
    assert [h.log_evidence for h in found.values()] == [None, None]
