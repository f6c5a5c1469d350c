"""The stopwatch and the sum that threads add to."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from detente import progress


def test_a_total_loses_nothing_between_threads():
    total = progress.Total()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: [total.add(1.0) for _ in range(1_000)], range(4)))
    assert float(total) == 4_000


def test_compiling_is_counted_once():
    watch = progress.Stopwatch()
    with watch.stage("fit_s"):
        progress.compiling.add(5.0)
    stages = watch.stages()
    assert stages["compile_s"] == 5.0
    assert stages["fit_s"] < 0  # as if it had taken no time of its own, less what it is said to have compiled
    assert list(stages) == list(progress.STAGES)


def test_within_a_stage_says_which():
    said = []
    progress.within(lambda *what: said.append(what), "fit")("bluff", 0.5)
    progress.within(None, "fit")("bluff", 0.5)
    assert said == [("fit", "bluff", 0.5)]


def test_stages_count_from_the_mark():
    watch = progress.Stopwatch()
    with watch.stage("fit_s"):
        pass
    before = watch.stages()["fit_s"]
    watch.mark()
    assert before > 0 and watch.stages()["fit_s"] == 0
    with watch.stage("fit_s"):
        pass
    assert 0 < watch.stages()["fit_s"]


def test_a_stage_that_fails_is_timed():
    watch = progress.Stopwatch()
    with pytest.raises(ZeroDivisionError), watch.stage("fit_s"):
        1 / 0  # noqa: B018
    assert watch.stages()["fit_s"] > 0
