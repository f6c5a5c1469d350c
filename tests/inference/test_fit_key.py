"""What a cached fit depends on: everything the posterior reads, and nothing that only the reader sees."""

import datetime as dt
from dataclasses import replace

import pytest

from detente.inference.density import model_of
from detente.inference.fit import fit_key
from detente.language.argument import Claim
from detente.language.expressions import parse
from detente.language.load import load
from detente.language.priors import Prior
from detente.language.records import CONTEXT_TRACK, Forced, Magnitude, Row, Series
from detente.language.syntax import Expression
from detente.settings import SMCSettings
from tests.engine.games import expression, measured


@pytest.fixture(scope="module")
def cod():
    from pathlib import Path

    return load(Path(__file__).parent.parent / "scenarios" / "cod-war")


def key(scenario, seed=1, settings=None, noise="kalman"):
    return fit_key(scenario, model_of(scenario, noise=noise), seed, settings or SMCSettings())


def with_claim(s):
    first = s.arguments[0]
    test = Expression("retaliation > 1", parse("retaliation > 1", tests=True))
    claims = (replace(first.claims[0], says="other words", test=test), Claim("argument/new", "new", test))
    return replace(s, arguments=(replace(first, title="other", claims=claims),))


def with_course(s):
    course = s.courses["frigates"]
    forced = {"UK.navy": {dt.date(1976, 3, 1): Forced("ramming", 2.0)}}
    return replace(s, courses={"frigates": replace(course, name="x", force=forced, forbid={"IS.patrol": ("hold",)})})


def with_rows(change):
    return lambda s: replace(s, ledger=tuple(change(row) for row in s.ledger))


UNSEEN = {
    "a claim": with_claim,
    "no claims": lambda s: replace(s, arguments=()),
    "a course": with_course,
    "a ledger note": with_rows(lambda r: replace(r, note="x", source="y", grade="F6", url="z", published="w", line=99)),
    "a context row": lambda s: replace(s, ledger=(*s.ledger, Row(dt.date(1976, 1, 1), CONTEXT_TRACK, "new year"))),
    "no context row": lambda s: replace(s, ledger=tuple(r for r in s.ledger if r.track != CONTEXT_TRACK)),
    "the title, the question and the README": lambda s: replace(s, title="x", question="y", summary="z", readme="w"),
    "a utility": lambda s: replace(s, actors={}),
    "the hash of the files": lambda s: replace(s, sha256="f" * 64),
    "a hypothesis' weight": lambda s: replace(
        s, hypotheses={h: replace(about, weight=about.weight + i) for i, (h, about) in enumerate(s.hypotheses.items())}
    ),
    "a rung, where no rows are folded": lambda s: with_move({"rung": 9.0})(s),
    "noise that no measurement sees": lambda s: with_stock(noise=expression("1"))(s),
    "a stock that nothing reads": lambda s: replace(
        s, stocks={**s.stocks, "idle": replace(s.stocks["strain.nato"], id="idle", flow=expression("1"))}
    ),
}


def with_prior(s):
    return replace(
        s, parameters={**s.parameters, "redline": replace(s.parameters["redline"], prior=Prior("fixed", (9,)))}
    )


def with_hypothesis(s):
    bluff = s.hypotheses["bluff"]
    return replace(s, hypotheses={**s.hypotheses, "bluff": replace(bluff, priors={"redline": Prior("fixed", (8.0,))})})


def with_move(change):
    def edited(s):
        navy = s.tracks["UK.navy"]
        moves = {**navy.moves, "ramming": replace(navy.moves["ramming"], **change)}
        return replace(s, tracks={**s.tracks, "UK.navy": replace(navy, moves=moves)})

    return edited


def with_stock(**change):
    return lambda s: replace(s, stocks={**s.stocks, "strain.nato": replace(s.stocks["strain.nato"], **change)})


def with_event(**change):
    return lambda s: replace(s, events={**s.events, "agreement": replace(s.events["agreement"], **change)})


def last_row(**change):
    return lambda s: replace(s, ledger=(*s.ledger[:-1], replace(s.ledger[-1], **change)))


def series(**change) -> Series:
    return replace(measured("normal", "1", (3, 2.0)), **change)


SEEN = {
    "a prior": with_prior,
    "a prior of one hypothesis": with_hypothesis,
    "a ledger move": last_row(move="send-frigates"),
    "a ledger date": last_row(date=dt.date(1976, 5, 20)),
    "a ledger magnitude": last_row(magnitude=3.0),
    "a ledger row less": lambda s: replace(s, ledger=s.ledger[:-1]),
    "an event less": lambda s: replace(s, ledger=tuple(r for r in s.ledger if r.track != "event")),
    "an appeal": with_move({"appeal": expression("0")}),
    "needs": with_move({"needs": None}),
    "a magnitude": with_move({"magnitude": Magnitude("lognormal", (expression("0"), expression("2")))}),
    "an effect": with_move({"effects": {"strain.nato": expression("1")}}),
    "a hazard": with_event(hazard=expression("patience")),
    "an event that no longer ends": with_event(ends=False),
    "a flow": with_stock(flow=expression("0")),
    "a range": with_stock(high=50.0),
    "an initial value": with_stock(initial=expression("1")),
    "a measurement": with_stock(series=(series(),)),
    "now": lambda s: replace(s, clock=replace(s.clock, now=s.clock.now - dt.timedelta(days=7))),
    "the step": lambda s: replace(s, clock=replace(s.clock, step_days=14)),
}


@pytest.mark.parametrize("edit", UNSEEN)
def test_does_not_change_the_key(cod, edit):
    assert UNSEEN[edit](cod) != cod
    assert key(UNSEEN[edit](cod)) == key(cod)


@pytest.mark.parametrize("edit", SEEN)
def test_changes_the_key(cod, edit):
    assert key(SEEN[edit](cod)) != key(cod)


def test_changes_tell_each_other_apart(cod):
    """No two edits share a key."""
    keys = [key(edit(cod)) for edit in SEEN.values()]
    assert len({*keys, key(cod)}) == len(keys) + 1


@pytest.mark.parametrize("change", [{"values": 2.5}, {"model": "lognormal"}, {"sd": 0.1}, {"scale": "2"}])
def test_every_part_of_a_measurement_counts(cod, change):
    row = replace(series().rows[0], date=dt.date(1976, 2, 2))
    base = series(rows=(row,))
    edits = {
        "values": lambda v: replace(base, rows=(replace(row, value=v),)),
        "model": lambda v: replace(base, model=v),
        "sd": lambda v: replace(base, rows=(replace(row, sd=v),)),
        "scale": lambda v: replace(base, scale=expression(v)),
    }
    ((name, value),) = change.items()
    before, after = (with_stock(series=(item,))(cod) for item in (base, edits[name](value)))
    assert key(before) != key(after)


@pytest.mark.parametrize(
    "change",
    [{"islands": 4}, {"particles": 128}, {"target_ess": 0.9}, {"moves": 3}, {"leapfrog": 5}, {"max_rounds": 9}],
)
def test_settings_change_the_key(cod, change):
    assert key(cod, settings=replace(SMCSettings(), **change)) != key(cod)


def test_the_seed_changes_the_key(cod):
    assert key(cod, seed=2) != key(cod)


def test_set_changes_the_key(cod):
    """`--set` is a change of priors."""
    from pathlib import Path

    held = load(Path(__file__).parent.parent / "scenarios" / "cod-war", {"retaliation": 0})
    assert key(held) != key(cod)


def test_versions_change_the_key(cod, monkeypatch):
    before = key(cod)
    monkeypatch.setattr("detente.inference.fit.VERSION", "99")
    assert key(cod) != before


def test_the_treatment_of_noise_is_part_of_the_key(cod):
    assert len({key(cod, noise=mode) for mode in ("kalman", "particles", "replay")}) == 3
