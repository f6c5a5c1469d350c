"""Each stream of random numbers has a name and a number of its own, and nobody makes generators by hand."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from detente import streams

SOURCE = Path(streams.__file__).parent
SHARED = {  # kept on purpose: published figures were made with these numbers
    2: {"unseen noise", "synthetic history", "chain starts"},
    4: {"truths", "bridge proposals", "foresight weights"},
    5: {"replications", "energy test", "predictive checks"},
    6: {"prior variance", "order of chains"},
    8: {"maximum-likelihood starts", "response curve", "violence curve"},
}


def test_every_name_has_a_number_of_its_own_but_those_kept():
    names = defaultdict(set)
    for name, number in streams.NUMBERS.items():
        names[number].add(name)
    assert {n: found for n, found in names.items() if len(found) > 1} == SHARED


def test_a_stream_is_numpys_generator_of_seed_number_and_parts():
    found = streams.rng("prior draws", 5, 2, 3).standard_normal(4)
    assert np.array_equal(found, np.random.default_rng([5, 1, 2, 3]).standard_normal(4))


def test_an_unknown_stream_is_refused():
    with pytest.raises(KeyError, match="nonsense"):
        streams.rng("nonsense", 1)


def test_nobody_makes_generators_by_hand():
    made = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "default_rng(" in path.read_text(encoding="utf-8") or "np.random.seed" in path.read_text(encoding="utf-8")
    }
    backward = str(Path("games", "backward.py"))  # a constant seed, part of the algorithm
    assert made == {"streams.py", backward}
