"""What a good scenario loads to, in whatever way it is written down."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time

import pytest

from detente.errors import InputError
from detente.language.load import bundled, find, load
from detente.language.priors import Prior
from detente.language.records import Forced
from detente.language.syntax import Number
from tests.language.conftest import COD_WAR


def test_cod_war():
    scenario = load(COD_WAR)
    assert scenario.id == "cod-war"
    assert scenario.clock.steps == 55
    assert (scenario.clock.branch_step, scenario.clock.now_step) == (10, 29)
    assert list(scenario.actors) == ["IS", "UK"]
    assert scenario.parameters["cooling"].prior == Prior("beta", (2.0, 8.0))
    assert scenario.parameters["boldness"].source == ("guess",)
    assert (scenario.stocks["limit.respected"].low, scenario.stocks["limit.respected"].high) == (0.0, 1.0)
    ramming = scenario.tracks["UK.navy"].moves["ramming"]
    assert (ramming.rung, str(ramming.needs)) == (6.0, "strain.nato > 0.1")
    assert ramming.magnitude is not None
    assert [str(argument) for argument in ramming.magnitude.arguments] == ["0", "0.5"]
    assert scenario.events["agreement"].once and scenario.events["agreement"].ends
    assert scenario.prior("redline", "bluff") == Prior("fixed", (1e9,))
    assert scenario.prior("redline", "red-line") == Prior("lognormal", (1.0, 0.7))
    assert scenario.courses["frigates"].force == {"UK.navy": {dt.date(1976, 2, 9): Forced("send-frigates")}}
    assert scenario.courses["no-frigates"].forbid == {"UK.navy": ("send-frigates", "ramming")}
    assert [row.line for row in scenario.ledger] == [2, 3, 4, 5, 6, 7, 8]
    assert [row.magnitude for row in scenario.ledger if row.move == "ramming"] == [None, 1.0, 2.0]
    assert scenario.claims[0].id == "argument/gunboats-speed-up"
    assert scenario.claims[-1].test is None and scenario.claims[-1].untestable


def test_commas_inside_brackets_survive_flow_maps():
    """YAML cuts `{prior: normal(0, 1), unit: x}` at the first comma; the design writes it so."""
    scenario = load(COD_WAR)
    assert str(scenario.events["agreement"].hazard) == "min(1, patience * exp(0.02 * strain.nato))"
    assert scenario.events["agreement"].ends


def test_flow_maps_over_lines_and_lists(folder, edit):
    edit("scenario.yaml", "prior: normal(-1, 1), unit", "prior: normal(-1,\n    1), unit")
    edit("scenario.yaml", "source: [guess]", "source: [Smith (1976, p. 3), guess]")
    parameter = load(folder).parameters["boldness"]
    assert parameter.prior == Prior("normal", (-1.0, 1.0))
    assert parameter.source == ("Smith (1976, p. 3)", "guess")


@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks(folder, line, bom):
    for name in ("scenario.yaml", "history.csv", "claims/argument.yaml"):
        text = (COD_WAR / name).read_text(encoding="utf-8")
        (folder / name).write_bytes(bom + text.replace("\n", line).encode())
    same, original = load(folder), load(COD_WAR)
    assert (same.tracks, same.stocks, same.ledger, same.arguments) == (
        original.tracks,
        original.stocks,
        original.ledger,
        original.arguments,
    )


@pytest.mark.parametrize("word", ["NO", "Off", "y", "null_", "n1"])
def test_words_that_yaml_1_1_reads_as_truths_are_ids(folder, edit, word):
    edit("scenario.yaml", "  IS: {name", f"  {word}: {{name: Norway}}\n  IS: {{name")
    edit("scenario.yaml", "  IS.patrol:", f"  {word}.fleet: {{watch: {{rung: 1, appeal: -2}}}}\n  IS.patrol:")
    scenario = load(folder)
    assert scenario.actors[word].name == "Norway"
    assert scenario.tracks[f"{word}.fleet"].actor == word


def test_unicode(folder, edit):
    edit("scenario.yaml", "title: The Third Cod War", "title: Þorskastríðin 🐟")
    edit("history.csv", "naval protection", "„vernd“ 海軍")
    scenario = load(folder)
    assert scenario.title == "Þorskastríðin 🐟"
    assert scenario.ledger[1].note.startswith("„vernd“ 海軍")


@pytest.mark.parametrize(("written", "value"), [("7", 7.0), ("-0", 0.0), ("1e3", 1000.0), ("+.5", 0.5), ("'7'", 7.0)])
def test_numbers(folder, edit, written, value):
    edit("scenario.yaml", "rung: 4", f"rung: {written}")
    assert load(folder).tracks["IS.patrol"].moves["harry-trawlers"].rung == value


@pytest.mark.parametrize("written", [".inf", "-.inf", ".nan", "1e400", "1_000", "0x1F", "0o17", "1:30", "seven", "[7]"])
def test_not_numbers(folder, edit, written):
    edit("scenario.yaml", "rung: 4", f"rung: {written}")
    with pytest.raises(InputError, match="expected a number"):
        load(folder)


@pytest.mark.parametrize("written", ["2024-02-30", "1975-1-5", "19751110", "1975-11-10T00:00", "null", "[1]", "{}"])
def test_not_dates(folder, edit, written):
    edit("scenario.yaml", "start: 1975-11-10", f"start: {written}")
    with pytest.raises(InputError) as caught:
        load(folder)
    assert [problem.field for problem in caught.value.problems] == ["clock.start"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("branch: 1976-01-19", "branch: 1975-11-10", "clock.branch"),
        ("branch: 1976-01-19", "branch: 1976-01-20", "clock.branch"),
        ("now: 1976-05-31", "now: 1976-01-12", "clock.now"),
        ("end: 1976-11-29", "end: 1976-05-31", "clock.end"),
        ("end: 1976-11-29, step: 1 week", "end: 1999-11-29, step: 1 day", "clock.end"),
        ("step: 1 week", "step: 0 weeks", "clock.step"),
    ],
)
def test_clocks(folder, edit, old, new, field):
    edit("scenario.yaml", old, new)
    with pytest.raises(InputError) as caught:
        load(folder)
    assert field in [problem.field for problem in caught.value.problems]


def test_a_single_file(folder):
    path = folder.parent / "small.yaml"
    path.write_bytes((folder / "scenario.yaml").read_bytes())
    scenario = load(path)
    assert (scenario.id, scenario.ledger, scenario.arguments) == ("small", (), ())
    assert load(folder / "scenario.yaml").ledger  # the file of a folder stands for the folder


def test_implicit_hypothesis_and_course(folder, edit):
    text = (folder / "scenario.yaml").read_text(encoding="utf-8")
    (folder / "scenario.yaml").write_text(text[: text.index("hypotheses:")], encoding="utf-8")
    (folder / "claims" / "argument.yaml").unlink()
    scenario = load(folder)
    assert (list(scenario.hypotheses), list(scenario.courses)) == (["model"], ["free"])


def test_set_fixes_a_parameter_everywhere():
    scenario = load(COD_WAR, set={"redline": 4, "boldness": "0.5"})
    fixed = Prior("fixed", (4.0,))
    assert [scenario.prior("redline", hypothesis) for hypothesis in scenario.hypotheses] == [fixed, fixed]
    assert scenario.parameters["boldness"].prior == Prior("fixed", (0.5,))


@pytest.mark.parametrize("value", ["x", "nan", float("inf"), None, [1], 10**400, ""])
def test_set_needs_a_number(value):
    with pytest.raises(InputError, match="expected a number"):
        load(COD_WAR, set={"redline": value})


def test_set_needs_a_parameter():
    with pytest.raises(InputError) as caught:
        load(COD_WAR, set={"redlin": 3})
    assert str(caught.value) == (
        "1 problem in the scenario\n\nset redlin\n  expected the id of a parameter\n  got      'redlin'\n"
        "  hint     did you mean 'redline'?"
    )


def test_the_hash_covers_every_file_and_every_set(folder, edit):
    hashes = {load(folder).sha256, load(folder, set={"redline": 3}).sha256, load(folder, set={"redline": 4}).sha256}
    assert load(folder).sha256 == load(COD_WAR).sha256
    edit("history.csv", "twice", "thrice")
    hashes.add(load(folder).sha256)
    (folder / "README.md").write_text("About.", encoding="utf-8")
    assert load(folder).readme == "About."
    hashes.add(load(folder).sha256)
    assert len(hashes) == 5


@pytest.mark.parametrize("name", ["no-such-scenario", "a/b/c", "", "\0", "x" * 5_000])
def test_unknown_scenario(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"a (scenario folder|folder with a scenario)"):
        load(name)


def test_every_bundled_scenario_loads():
    for name in bundled():
        if (find(name)[0] / "data.yaml").exists():  # its tables are made from data: `detente.session`
            continue
        assert load(name).id == name.rpartition("/")[2]


def test_evidence(folder):
    (folder / "evidence.yaml").write_text(
        """\
quantities:
  catch:
    says: British catch in Icelandic waters
    unit: tonnes a year
    date: 1975-12-31
    sources:
      - {source: a, published: 1976-01-01, side: IS, grade: B2, value: 120000}
      - {source: b, published: 1976-01-02, side: UK, grade: C3, low: 1e5, high: 1.3e5, note: estimate}
""",
        encoding="utf-8",
    )
    (quantity,) = load(folder).quantities
    assert [(report.value, report.low, report.high) for report in quantity.reports] == [
        (120000.0, None, None),
        (None, 1e5, 1.3e5),
    ]


def test_observations(folder, edit):
    edit(
        "scenario.yaml",
        "    noise: 0.01",
        """\
    noise: 0.01
    seen_by: [IS]
    blur: 0.1
    observed:
      - observed/a.csv
      - {file: observed/b.csv, model: lognormal(0.1 + patience)}""",
    )
    (folder / "observed").mkdir()
    (folder / "observed/a.csv").write_text("date,value,sd\n1976-01-05,0.4,0.1\n1975-12-01,0.3,0.2\n")
    (folder / "observed/b.csv").write_text("date,value,source,grade,note\n1976-05-31,0.5,x,B2,last day\n")
    stock = load(folder).stocks["limit.respected"]
    first, second = stock.series
    assert (first.file, first.model, first.scale) == ("observed/a.csv", "normal", None)
    assert [row.date for row in first.rows] == [dt.date(1975, 12, 1), dt.date(1976, 1, 5)]
    assert (second.model, str(second.scale)) == ("lognormal", "0.1 + patience")
    assert (stock.seen_by, stock.blur, stock.initial.tree) == (("IS",), 0.1, Number(0.3))


def test_loading_is_quick_and_light(tmp_path):
    """A 60 kB scenario with 150 expressions, in a fresh Python that must not need JAX, NumPy or SciPy."""
    text = (COD_WAR / "scenario.yaml").read_text(encoding="utf-8")
    long = "retaliation * strain.nato - where(strain.nato >= 3, max(1, boldness), exp(-cooling * limit.respected))"
    moves = "".join(
        f"    m-{i}: {{rung: {i}, appeal: '{long}', needs: strain.nato > {i}, says: {'word ' * 50}}}\n"
        for i in range(150)
    )
    (tmp_path / "big.yaml").write_text(text.replace("  UK.navy:\n", f"  UK.air:\n{moves}  UK.navy:\n"))
    assert 50_000 < (tmp_path / "big.yaml").stat().st_size < 80_000
    load(COD_WAR)  # the parser is built once
    began = time.perf_counter()
    assert len(load(tmp_path / "big.yaml").tracks["UK.air"].moves) == 150
    assert time.perf_counter() - began < 1.0  # typically 0.15 s
    code = (
        "import sys; from detente.language.load import load; load(sys.argv[1]);"
        "print(sorted({'jax', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(COD_WAR)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "test",
    [
        "E(IS.utility at 1976-10-04 | frigates) > E(IS.utility at 1976-10-04 | no-frigates)",
        "P(UK.navy:ramming on 1976-10-04 | frigates) >= 0.5 and not cooling > 0.3",
        "P(agreement by 1976-11-29 | frigates) / P(agreement | no-frigates) > where(cooling > 0.2, 1, 1.5)",
        "E(strain.nato * clock.season at 1975-11-10 | frigates) == 0",
    ],
)
def test_tests_of_claims(edit, folder, test):
    edit("claims/argument.yaml", "test: retaliation > 0", f"test: {test}")
    assert str(load(folder).claims[1].test) == test


@pytest.mark.parametrize(
    "test",
    [
        "IS.utility > 0",
        "clock.step > 3",
        "E(magnitude at 1976-10-04 | frigates) > 0",
        "P(UK.navy:raming | frigates) > 0.5",
        "P(ramming | frigates) > 0.5",
        "P(agreement on 1976-11-29 | frigates) > 0.5",
        "P(agreement by 1976-01-18 | frigates) > 0.5",
        "E(strain.nato at 1975-11-09 | frigates) > 0",
    ],
)
def test_not_tests_of_claims(edit, folder, test):
    edit("claims/argument.yaml", "test: retaliation > 0", f"test: {test}")
    with pytest.raises(InputError) as caught:
        load(folder)
    assert [problem.field for problem in caught.value.problems] == ["claims.frigates-answer-strain.test"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("cooling", "5", "a number from 0 to 1: its prior is beta(2, 8)"),
        ("cooling", "-0.1", "a number from 0 to 1: its prior is beta(2, 8)"),
        ("redline", "-1", "a number above 0: its prior is lognormal(1, 0.7)"),
        ("patience", "-1e-9", "a number of at least 0: its prior is gamma(2, 40)"),
    ],
)
def test_set_needs_a_value_that_the_prior_can_take(name, value, expected):
    with pytest.raises(InputError) as caught:
        load(COD_WAR, set={name: value})
    assert str(caught.value) == (
        f"1 problem in the scenario\n\nset {name}\n  expected {expected}\n  got      {value!r}\n"
        "  hint     give it a prior, in a hypothesis of its own, that can take this value"
    )


@pytest.mark.parametrize(("name", "value"), [("cooling", 0), ("cooling", 1), ("redline", 0), ("boldness", -99)])
def test_set_may_take_the_ends_of_what_the_prior_can(name, value):
    assert load(COD_WAR, set={name: value}).parameters[name].prior.arguments == (value,)


def test_set_may_take_what_a_hypothesis_can(edit, folder):
    edit("scenario.yaml", "redline: fixed(1e9)", "redline: fixed(-1), cooling: normal(0, 1)")
    held = load(folder, set={"redline": -1, "cooling": -3})
    assert {name: str(prior) for name, prior in held.held.items()} == {
        "redline": "lognormal(1, 0.7)",
        "cooling": "beta(2, 8)",
    }
    assert str(held.prior("redline", "bluff")) == "fixed(-1)" and str(held.prior("cooling", "bluff")) == "fixed(-3)"
    edit("scenario.yaml", "cooling: {prior: beta(2, 8)", "cooling: {prior: fixed(0.2)")
    edit("scenario.yaml", "cooling: normal(0, 1)", "cooling: fixed(0.3)")
    assert str(load(folder, set={"cooling": 7}).prior("cooling", "bluff")) == "fixed(7)"


@pytest.mark.parametrize(
    ("family", "size", "expected"),
    [
        ("lognormal(0, 0.5)", "-2", "a number above 0"),
        ("lognormal(strain.nato, 0.5)", "0", "a number above 0"),
        ("halfnormal(1)", "-0.1", "a number of at least 0"),
        ("exponential(1)", "-1", "a number of at least 0"),
        ("uniform(1, 3)", "3.5", "a number from 1 to 3"),
        ("uniform(1, 3)", "0.5", "a number from 1 to 3"),
        ("uniform(1, cooling)", "0.5", "a number of at least 1"),
        ("uniform(cooling, 3)", "4", "a number of at most 3"),
        ("loguniform(1, 3)", "4", "a number from 1 to 3"),
        ("truncnormal(0, 1, -1, 1)", "-2", "a number from -1 to 1"),
        ("fixed(1)", "1.5", "1"),
    ],
)
def test_a_size_that_the_magnitude_cannot_have(family, size, expected, edit, message):
    edit("scenario.yaml", "magnitude: lognormal(0, 0.5)", f"magnitude: {family}")
    edit("history.csv", "ramming,2,", f"ramming,{size},")
    assert f"  expected {expected}: the magnitude of ramming is {family}\n  got      '{size}'" in message()


def test_a_forced_size_that_the_magnitude_cannot_have(edit, message):
    edit("scenario.yaml", "1976-02-09: send-frigates", "1976-02-09: {move: ramming, magnitude: -2}")
    assert "  expected a number above 0: the magnitude of ramming is lognormal(0, 0.5)\n  got      '-2'" in message()


@pytest.mark.parametrize("size", ["0", "-3", "7"])
def test_any_size_of_a_family_without_bounds(size, edit, folder):
    edit("scenario.yaml", "magnitude: lognormal(0, 0.5)", "magnitude: normal(0, 0.5)")
    edit("history.csv", "ramming,2,", f"ramming,{size},")
    assert load(folder).ledger[-1].magnitude == float(size)


PART = "it is part of a scenario: give its folder, "


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("cod-war/claims/", f"{PART}cod-war"),
        ("cod-war/claims", f"{PART}cod-war"),
        ("cod-war/claims/argument.yaml", f"{PART}cod-war"),
        ("cod-war/forecasts.yaml", f"{PART}cod-war"),
        ("cod-war/history.csv", f"{PART}cod-war"),
        ("named", "rename scenario.yml to scenario.yaml"),
        ("empty", ""),
        ("cod-war\\claims", "write / between folders: cod-war/claims"),
        ("C:\\wars\\cod", "write / between folders: C:/wars/cod"),
        ("cod\u2013war", "U+2013 is a typographic minus or dash; type a plain hyphen"),
    ],
)
def test_what_is_no_scenario_says_which_is_meant(given, hint, folder, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    (tmp_path / "named").mkdir()
    (tmp_path / "named/scenario.yml").write_text("detente: 1", "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        load(given)
    (problem,) = caught.value.problems
    assert (problem.field, problem.got, problem.hint) == ("scenario", given, hint)


def test_the_folder_one_stands_in(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert load(".").id == "cod-war"
    monkeypatch.chdir(folder / "claims")
    assert load("..").id == "cod-war"
    with pytest.raises(InputError) as caught:
        load(".")
    assert caught.value.problems[0].hint == f"{PART}{folder.resolve()}"


def test_a_bundled_scenario_by_a_windows_path():
    assert load("classics\\crisis").id == load("classics/crisis").id
