"""A source left out is out of everything, and the scenario is another one."""

from dataclasses import replace

import pytest

from detente import InputError, load
from detente.language.records import Observation
from detente.language.without import LeftOut, sources, without

KURSK = "kursk-2024"


@pytest.fixture(scope="module")
def kursk():
    return load(KURSK)


def named(scenario, source):
    rows = [row.source for row in scenario.ledger]
    rows += [report.source for quantity in scenario.quantities for report in quantity.reports]
    rows += [row.source for stock in scenario.stocks.values() for series in stock.series for row in series.rows]
    return rows.count(source)


def test_it_is_gone_everywhere_and_all_else_is_there(kursk):
    assert named(kursk, "OWL") > 2
    left, (gone,) = without(kursk, ["OWL"])
    assert named(left, "OWL") == 0
    assert gone.reports + gone.rows + gone.measurements == named(kursk, "OWL")
    others = set(sources(kursk)) - {"OWL"}
    assert set(sources(left)) == others
    assert all(named(left, source) == named(kursk, source) for source in others)


def test_counts_by_kind(kursk):
    source = "Institute for the Study of War"
    reports = sum(r.source == source for q in kursk.quantities for r in q.reports)
    rows = sum(r.source == source for r in kursk.ledger)
    assert reports and rows
    assert without(kursk, [source])[1] == [LeftOut(source, reports, rows, 0, ())]


def test_a_quantity_goes_with_its_last_source(kursk):
    alone = next(q for q in kursk.quantities if len({r.source for r in q.reports}) == 1)
    left, (gone,) = without(kursk, [alone.reports[0].source])
    assert alone.id in gone.quantities
    assert alone.id not in {q.id for q in left.quantities}


def test_the_hash_names_what_is_left_out(kursk):
    hashes = [without(kursk, names)[0].sha256 for names in (["OWL"], ["DeepState"], ["OWL", "DeepState"])]
    assert len({kursk.sha256, *hashes}) == 4
    assert all(len(one) == 64 for one in hashes)
    assert without(kursk, ["DeepState", "OWL", "OWL"])[0].sha256 == hashes[2]
    assert without(kursk, [])[0] == kursk


def test_all_unknown_names_at_once(kursk):
    with pytest.raises(InputError) as caught:
        without(kursk, ["Deepstate", "OWL", "nobody at all"])
    assert (
        str(caught.value)
        == """\
2 problems in the options

--without
  expected a source that the scenario names
  got      'Deepstate'
  hint     did you mean 'DeepState'?

--without
  expected a source that the scenario names
  got      'nobody at all'"""
    )


def test_what_has_no_source_stays(kursk):
    ledger = (replace(kursk.ledger[0], source=""), *kursk.ledger[1:])
    assert "" not in sources(replace(kursk, ledger=ledger))
    assert Observation.source == ""
