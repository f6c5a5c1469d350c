"""`detente run --only bargain` as a user meets it."""

from __future__ import annotations

import json

from tests.cli.conftest import call

FEW = ("--no-fit", "--draws", "16", "--rollouts", "2", "--at", "2024-08-05", "--quiet")


def test_offers_are_judged_course_by_course(tmp_path):
    done = call("run", "--only", "bargain", "kursk-2024", *FEW, "--out", tmp_path)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    rows = [line.split() for line in lines if line.startswith("june-2024")]
    found = json.loads((tmp_path / "kursk-2024-bargain.json").read_text(encoding="utf-8"))
    courses = list(found["bargaining"]["courses"])
    assert [row[1] for row in rows] == ["2024-06-14"] * len(courses)
    assert all(course.startswith(row[2]) for row, course in zip(rows, courses, strict=True))
    assert all(row[3] == "2024-08-05" and "%" in row[4] for row in rows)
    assert (found["schema"], found["asked"]["draws"], found["asked"]["fit"]) == (2, 16, False)
    assert (tmp_path / "kursk-2024-bargain.html").read_text(encoding="utf-8").startswith("<!doctype html>")
