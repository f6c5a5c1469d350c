"""Coding tables: every shipped code has a rung on the ladder or says that it is no act; a user's table goes first."""

from __future__ import annotations

import pytest

from detente.errors import InputError
from detente.events.coding import ladder, read_coding, shipped
from detente.events.loading import load_all, providers
from tests.events.made import write


def test_every_code_is_on_the_ladder_or_is_no_act_and_says_why():
    rungs = {rung for rung, *_ in ladder()}
    for scheme, table in shipped().schemes.items():
        for code, entry in table.items():
            assert entry.why or scheme == "cameo", (scheme, code)
            assert entry.rung is None or entry.rung in rungs, (scheme, code)


def test_every_provider_has_its_scheme():
    for provider in providers().values():
        for scheme in (provider.scheme, *(scheme for scheme, _ in provider.also)):
            assert shipped().known(scheme)


def test_the_ladder_of_cameo_rises_with_its_roots():
    """Root codes go from statement to mass violence; a rung may not fall back below talk, threat and force."""
    cameo = shipped().schemes["cameo"]
    assert [cameo[code].rung for code in ("04", "11", "138", "15", "19", "20", "2042")] == [0, 1, 4, 5, 6, 8, 10]
    assert {code[:2] for code in cameo} == {f"{root:02d}" for root in range(1, 21)}


def test_icb_response_codes_are_those_of_the_trigger_shifted_by_one():
    trigger, response = shipped().schemes["icb-trigger"], shipped().schemes["icb-response"]
    for code, other in {"1": "2", "2": "3", "3": "4", "5": "5", "7": "6", "9": "8"}.items():
        assert trigger[code].rung == response[other].rung


def test_a_users_table_replaces_its_scheme_and_adds_ladders_of_pairs(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("scheme,code,action,rung,why\nucdp-violence,1,War,9,mine\n", "utf-8")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("scheme,code,action,rung,why,actor,target\ncameo,0251,Plea,3,from the weak,ARD,BEL\n", "utf-8")
    coding = read_coding([own, pairs])
    made, _ = load_all([write(tmp_path, "ged")], coding=coding)
    assert made.select("action", "rung").row(0) == ("War", 9)
    made, _ = load_all(
        [write(tmp_path, "gdelt2", {}, {"globaleventid": "8", "actor1countrycode": "COR"})], coding=coding
    )
    assert made["rung"].to_list() == [3, 0]  # the pair's own ladder; the general one for others
    with pytest.raises(InputError, match="a code of ucdp-violence"):  # 2 is gone with the shipped table
        load_all([write(tmp_path, "ged", {"type_of_violence": "2"})], coding=coding)


def test_a_bad_table_names_every_problem(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(
        "scheme,code,action,rung,actor,target\nx,1,A,high,,\nx,,B,1,,\nx,2,C,1,A,\nx,3,D,1,,\nx,3,D,2,,\n", "utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_coding([path])
    assert [(p.place.line, p.field) for p in caught.value.problems] == [
        (2, "rung"),
        (3, "code"),
        (4, "actor"),
        (6, "code"),
    ]
    path.write_text("code,rung\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="the columns scheme, code, action, rung, why"):
        read_coding([path])
