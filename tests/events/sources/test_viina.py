"""VIINA: control by three sources, of which none is preferred."""

from __future__ import annotations

import zipfile

import pytest

from detente.errors import InputError
from detente.events.coding import read_coding
from detente.events.loading import load_all
from detente.events.sources.viina import control
from tests.events.made import EXAMPLES, text, write

CONTROL = """geonameid,date,status_wiki,status_boost,status_dsm,status
1,20220301,UA,RU,UA,UA
2,20220301,RU,RU,,RU
3,20220301,NA,CONTESTED,NA,CONTESTED
"""


def zipped(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return path


def test_the_three_sources_stay_apart(tmp_path):
    found = control(zipped(tmp_path / "control.zip", control_latest_2022=CONTROL))
    said = found.select("geonameid", "source", "status", "agreed").rows()
    assert sorted(said) == [
        ("1", "boost", "RU", False),
        ("1", "dsm", "UA", False),
        ("1", "wiki", "UA", False),
        ("2", "boost", "RU", True),
        ("2", "wiki", "RU", True),
        ("3", "boost", "CONTESTED", True),
    ]


def test_the_files_of_2026_have_a_fourth_source_and_may_go_by_another_register(tmp_path):
    lines = ["kod,date,status_wiki,status_boost,status_dsm,status_isw,status,vcontrol_version"]
    lines += ["UA01,20260301,UA,UA,UA,RU,UA,2", "UA02,20260301,NA,NA,NA,RU,NA,2", "UA03,20260301,,,,,,2"]
    path = tmp_path / "kontrol.csv"
    path.write_text("\n".join(lines), "utf-8")
    found = control(path)
    assert found.columns == ["kod", "date", "source", "status", "agreed", "published"]
    said = found.select("kod", "source", "status", "agreed", "published").rows()
    assert sorted(said) == [
        ("UA01", "boost", "UA", False, "UA"),
        ("UA01", "dsm", "UA", False, "UA"),
        ("UA01", "isw", "RU", False, "UA"),
        ("UA01", "wiki", "UA", False, "UA"),
        ("UA02", "isw", "RU", True, None),
    ]
    path.write_text("\n".join(lines).replace("kod,", "geonameid,"), "utf-8")
    assert control(path).columns[0] == "geonameid"


def test_a_status_that_is_none_is_refused(tmp_path):
    path = tmp_path / "control.csv"
    path.write_text(CONTROL.replace("CONTESTED,NA", "PERHAPS,NA"), "utf-8")
    with pytest.raises(InputError, match=r"control\.csv:4:1: status_boost\n  expected one of: CONTESTED, RU, UA"):
        control(path)
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="a header with date, geonameid"):
        control(path)


def test_the_members_of_a_zip_are_read_each_as_what_it_is(tmp_path):
    files = {id.replace("-", "_"): text(*[EXAMPLES[id][0], [EXAMPLES[id][1]]]) for id in ("viina", "viina-labels")}
    made, report = load_all([zipped(tmp_path / "v.zip", **files)])
    assert report.files == {"v.zip/viina.csv": "viina", "v.zip/viina_labels.csv": "viina-labels"}
    assert sorted(made["code"]) == ["t_artillery_b", "t_mil_b"]


def test_a_report_of_2026(tmp_path):
    more = {"viina_version": "bert_20260915", "time": "00:00", "GEO_PRECISION": "ADM1", "text": "x"}
    provider, row = EXAMPLES["viina"]
    (tmp_path / "v.csv").write_text(text(provider, [{**row, **more}, {**row, **more, "event_id_1pd": "2"}]), "utf-8")
    made, report = load_all([tmp_path / "v.csv"])
    assert made.select("precision", "place", "latitude", "longitude").row(0) == ("day", None, None, None)
    assert report.remarks == {"events placed no closer than an oblast: no place": 2, "rows of VIINA bert_20260915": 2}


def test_a_label_that_its_authors_advise_against_is_no_act(tmp_path):
    only = {"t_mil_b": "0", "t_artillery_b": "0", "t_loc_b": "0", "t_cyber_b": "1"}
    provider, row = EXAMPLES["viina"]
    (tmp_path / "v.csv").write_text(text(provider, [{**row, **only}]), "utf-8")
    assert load_all([tmp_path / "v.csv"])[0].select("code", "rung").row(0) == ("t_cyber_b", None)


def test_a_label_of_rung_nought_is_an_act_and_one_without_a_rung_is_none(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("scheme,code,action,rung,why\nviina,t_mil_b,A,,no act\nviina,t_retreat_b,B,0,lowest\n", "utf-8")
    made, _ = load_all([write(tmp_path, "viina-labels")], coding=read_coding([path]))
    assert made.select("code", "rung").rows() == [("t_retreat_b", 0.0)]
