"""A small scenario with a mirror, for tests."""

from __future__ import annotations

import textwrap
from pathlib import Path

from detente.language.load import load
from detente.language.records import Scenario

MIRRORED = """
    detente: 1
    title: A raid
    clock: {start: 2020-01-06, branch: 2020-02-03, now: 2020-02-17, end: 2020-04-06, step: 1 week}
    actors: {A: Alpha, B: Beta}
    parameters:
      temper: {prior: "normal(0, 1)", unit: logit, why: nobody has asked, source: guess}
    tracks:
      A.border: {answer: {rung: 3, appeal: temper}}
    mirror:
      act:
        says: A raid across the border
        date: 2020-02-04
        faced_by: A
        trigger: direct violent act
        gravity: limited military damage
        source: a state
        adversary: middle
        war: intra-war
        conflict: none
        later: {2020-02-10: {gravity: territory}}
      seats:
        A: {country: 365, nuclear: second strike, power: great, regime: civil authoritarian, answer: logistic(temper)}
        B: {country: 2, nuclear: second strike, power: super, regime: democratic, gap: 10}
      switches:
        calm: {set: {war: peace}, says: Out of peace}
      cases:
        older: {date: 1962-10-22, actor: B, country: 2, nuclear: second strike, power: super, regime: democratic,
                act: {trigger: non-violent military act, gravity: grave damage, source: a state, adversary: super,
                      war: peace, conflict: protracted}, response: non-violent military, crisis: 196, source: ICB}
    """
CLAIMS = """
    argument: {title: T, by: U, date: 2020-02-20}
    claims:
      harder: {says: Beta would answer harder., test: mirror.B.violent > mirror.A.violent}
      doctrine: {says: Alpha answers., test: mirror.A.answer > 0.5 and mirror.A.calm.rung > 0}
    """


def folder_of(at: Path, model: str = MIRRORED, claims: str = CLAIMS) -> Path:
    """Write the scenario into a folder and return it."""
    folder = at / "raid"
    (folder / "claims").mkdir(parents=True, exist_ok=True)
    (folder / "scenario.yaml").write_text(textwrap.dedent(model), encoding="utf-8")
    (folder / "claims" / "c.yaml").write_text(textwrap.dedent(claims), encoding="utf-8")
    return folder


def scenario(at: Path, model: str = MIRRORED, claims: str = CLAIMS) -> Scenario:
    """The scenario, loaded."""
    return load(folder_of(at, model, claims))
