import json
from importlib.resources import files

import jsonschema
import pytest


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(files("detente.analysis").joinpath("results.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def thin(results):
    """The sample without its bulk: checking every number of every fan again would take seconds."""
    name, course = next(iter(results["courses"].items()))
    return results | {"courses": {name: course | {"stocks": {}}}, "ledger": results["ledger"][:3]}


def test_samples_follow_the_schema(validator, results, minimal):
    validator.validate(json.loads(json.dumps(results)))
    validator.validate(minimal)


def test_more_keys_are_welcome(validator, thin):
    validator.validate(thin | {"indicators": []})


@pytest.mark.parametrize(
    "key", ["clock", "claims", "courses", "parameters", "hypotheses", "ledger", "answer", "versions", "status", "seed"]
)
def test_a_documented_key_may_not_be_missing(validator, thin, key):
    del thin[key]
    assert not validator.is_valid(thin)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("claims", "essay/train", "credence"), 1.2),
        (("claims", "essay/train", "verdict"), "plausible"),
        (("claims", "essay/train", "mc_error"), -0.1),
        (("clock", "now"), "19 August 2024"),
        (("hypotheses", "bluff", "posterior"), "0.2"),
        (("ledger",), {}),
        (("schema",), 2),
    ],
)
def test_wrong_values_are_refused(validator, thin, place, value):
    target = thin
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    assert not validator.is_valid(thin)
