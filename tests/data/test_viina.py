"""VIINA: control by three sources, of which none is preferred."""

from __future__ import annotations

import zipfile

import pytest

from detente.data.coding import read_coding
from detente.data.loading import load_all
from detente.data.viina import control
from detente.errors import InputError
from tests.data.made import EXAMPLES, text, write

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
    assert made["code"].to_list() == ["t_artillery_b", "t_mil_b"]


def test_a_label_of_rung_nought_is_an_act_and_one_without_a_rung_is_none(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("scheme,code,action,rung,why\nviina,t_mil_b,A,,no act\nviina,t_retreat_b,B,0,lowest\n", "utf-8")
    made, _ = load_all([write(tmp_path, "viina-labels")], coding=read_coding([path]))
    assert made.select("code", "rung").rows() == [("t_retreat_b", 0.0)]
