"""Remarks that need a run: planted mistakes are found."""

from __future__ import annotations

import shutil
from pathlib import Path

import detente
import detente.cli
from detente.analysis.remarks import remarks

TEMPLATE = Path(detente.cli.__file__).parent / "template"
PLANTED = """
argument: {title: Keep the navy at home, by: a staff officer, date: 2024-05-02, thesis: t}
claims:
  t: {kind: conclusion, asserts: plain, says: The point}
  decided: {kind: causal, asserts: plain, supports: [t], says: x, test: greed < 9}
  saturated:
    {kind: causal, asserts: plain, supports: [t], says: x, margin: 0.01, test: P(rain | escorts) > P(rain | restraint)}
  off-range: {kind: causal, asserts: plain, supports: [t], says: x, test: E(anger at 2024-06-03 | escorts) > 400}
  rare: {kind: causal, asserts: plain, supports: [t], says: If they mine the strait., test: P(strike | escorts) > 0.1}
"""


def test_planted_mistakes(tmp_path):
    folder = tmp_path / "strait"
    shutil.copytree(TEMPLATE, folder)
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    text = text.replace("\nevents:\n", "\nevents:\n  rain: {hazard: 0.5}\n")
    text = text.replace("  S.navy:\n", "    mine: {rung: 5, appeal: -9}\n  S.navy:\n")
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    (folder / "claims/memo.yaml").write_text(PLANTED, encoding="utf-8")
    scenario = detente.load(folder)
    result = detente.run(scenario, draws=64, futures=16, do_fit=False)
    found = remarks(scenario, result)
    assert [one for one in found if "within two errors" not in one and "judged otherwise" not in one] == [
        "4 numbers in effects, hazards and flows that no parameter varies: tracks/S.navy/escort/effects/anger#1, "
        "events/rain/hazard#1, events/strike/hazard#1, events/strike/hazard#2",
        "claim `memo/decided` was decided before the record: its credence was 100% by the priors alone",
        "claim `memo/saturated` was decided before the record: its credence was 0% by the priors alone",
        "claim `memo/saturated` compares chances that are both above 95%: ask for an earlier day, or for when",
        "claim `memo/off-range` was decided before the record: its credence was 0% by the priors alone",
        "claim `memo/off-range` compares `anger` with 400, off its range, 0 to 100",
        "claim `memo/rare` speaks of `N.boats:mine`, which none of its courses forces and which comes with a chance of "
        "0% at most",
        "`rain` comes within a year with a chance of at least 100%, and the record has no row of it",
    ]
    assert result.lint[-len(found) :] == found
