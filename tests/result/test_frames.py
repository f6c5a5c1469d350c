"""Results, scenarios and fits in a notebook: short texts, tables, rows and data frames."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path

import msgspec
import pytest

import detente
from detente.result import Result, decode, encode
from detente.result.frames import flat, level

COD_WAR = Path(__file__).parents[1] / "scenarios" / "cod-war"


@pytest.fixture(scope="module")
def result() -> Result:
    return detente.run(detente.load(COD_WAR), seed=1, draws=128, futures=8)


def test_texts_are_short_and_tables_are_whole(result: Result):
    scenario = detente.load(COD_WAR)
    fit = detente.fit(scenario, seed=1)
    for shown in (scenario, fit, result):
        assert len(repr(shown)) < 300
        assert shown._repr_html_().count("<table>") == 1
    assert repr(scenario) == (
        "<Scenario cod-war: 2 actors, 5 parameters, 2 stocks, 2 tracks, 2 events, 2 hypotheses, 2 courses, 4 claims, "
        "7 ledger rows>"
    )
    assert repr(fit).startswith("<Fit by smc of 5 parameters; weights: red-line 0.")
    assert repr(result).startswith("<Result of cod-war, seed 1: ")
    assert scenario.question in result._repr_html_()
    assert all(claim.says in result._repr_html_() for claim in result.claims.values())


def test_a_page_shows_text_as_text(result: Result):
    harmful = msgspec.structs.replace(result, question="<script>")
    assert "<script>" not in harmful._repr_html_()


def test_rows(result: Result):
    claims = result.claims.rows()  # type: ignore[attr-defined]
    assert [row["id"] for row in claims] == list(result.claims)
    assert [row["credence"] for row in claims] == [claim.credence for claim in result.claims.values()]
    parameter = result.parameters.rows()[0]  # type: ignore[attr-defined]
    assert parameter["posterior.mean"] == result.parameters[parameter["id"]].posterior.mean
    events = result.courses.rows()  # type: ignore[attr-defined]
    assert [(row["course"], row["event"]) for row in events] == [(c, e) for c in result.courses for e in ALL[c]]
    assert len(result.ledger.rows()) == len(result.ledger)  # type: ignore[attr-defined]


ALL = {course: ("relations-broken", "agreement") for course in ("frigates", "no-frigates")}


def test_rows_have_the_same_keys():
    assert level([{"a": None, "b": 1}, {"a.x": 2}]) == [{"b": 1, "a.x": None}, {"b": None, "a.x": 2}]
    assert flat({"texts": ["a", "b"], "curve": [1.0], "inner": {"x": 1}}) == {"texts": "a; b", "inner.x": 1}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(result: Result, library: str, monkeypatch: pytest.MonkeyPatch):
    wanted = pytest.importorskip(library)
    if library == "polars":
        monkeypatch.setitem(sys.modules, "pandas", None)
    for part in (result.claims, result.hypotheses, result.parameters, result.courses, result.ledger):
        frame = part.to_frame()  # type: ignore[attr-defined]
        assert isinstance(frame, wanted.DataFrame)
        assert list(frame.columns) == list(part.rows()[0])  # type: ignore[attr-defined]
        assert len(frame) == len(part.rows())  # type: ignore[attr-defined]


def test_without_a_library_for_frames(result: Result, monkeypatch: pytest.MonkeyPatch):
    for name in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError) as caught:
        result.claims.to_frame()  # type: ignore[attr-defined]
    assert str(caught.value) == ("a data frame needs pandas or polars: pip install pandas; rows() needs neither")


def test_what_is_written_is_what_was(result: Result):
    text = encode(result)
    again = decode(text, "results.json")
    assert encode(again) == text
    assert again.claims.rows() == result.claims.rows()  # type: ignore[attr-defined]
    assert type(msgspec.to_builtins(again)["claims"]) is builtins.dict
