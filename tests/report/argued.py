"""Two small arguments over the minimal result: a thesis with three steps, one of them disputed."""

from __future__ import annotations

from typing import Any

from msgspec import convert

from detente.result.claims import Claim
from tests.report.sample import minimal, sample

COURSES = {name: sample()["courses"][name] for name in ("incursion", "no-incursion")}


def claim(argument: str, says: str, **more: Any) -> dict[str, Any]:
    """A claim without a test, and what else is said of it."""
    return {
        "argument": argument,
        "part": "",
        "says": says,
        "test": None,
        "untestable": "",
        "credence_prior": None,
        "credence": None,
        "mc_error": None,
        "words": "",
        "verdict": "not testable yet",
        "evidence_share": None,
        "by_hypothesis": {},
        "flipped_by_hypothesis": [],
        "crux": [],
        "margin": None,
    } | more


def argued() -> dict[str, Any]:
    """The content of results.json with an essay, a reply and an answer."""
    side = {"mean": 0.2, "mc_error": 0.01, "q05": 0.1, "q95": 0.3}
    crux = {"parameter": "chill", "separation": 0.9, "flips_at": 0.4, "direction": "below", "p_beyond": 0.3}
    tested = {
        "test": "P(talks-open by 2025-02-24 | incursion) < P(talks-open by 2025-02-24 | no-incursion)",
        "credence": 0.6,
        "credence_prior": 0.5,
        "mc_error": 0.01,
        "size": {"left": side, "right": side | {"mean": 0.25}, "difference": side | {"mean": -0.05}},
        "same": 0.3,
        "basis": "assumption",
        "verdict": "leans towards",
        "crux": [crux | {"confirmed": True}],
        "kind": "causal",
        "asserts": "flat",
        "fairness": "over-claimed",
        "near": True,
    }
    seen = {"source": "The Ferryman", "published": "2024-08-01", "grade": "B2", "finds": "confirms"}
    claims = {
        "essay/thesis": claim(
            "essay", "It defeats itself.", label="T", kind="conclusion", verdict="stands on its steps"
        ),
        "essay/talks": claim("essay", "It sets talks back.", label="B", sentences=[2], **tested),
        "essay/facts": claim(
            "essay", "They met.", label="A", sentences=[1], kind="fact", verdict="confirmed", check=[seen]
        ),
        "essay/norm": claim("essay", "One ought not.", label="N", sentences=[3, 4], kind="norm", untestable="a norm."),
        "reply/talks": claim("reply", "No talks were near.", label="R", **tested),
    }
    node = {"standing": "assumption"}
    essay = {
        "essay/thesis": node | {"weakest": "essay/talks"},
        "essay/talks": node | {"supports": {"essay/thesis": "linked"}, "load_bearing": True},
        "essay/facts": {"standing": "record", "supports": {"essay/talks": "convergent"}},
        "essay/norm": {"standing": "unknown"},
    }
    about = {"by": "A. Writer", "date": "2024-08-21"}
    steps = {"record": 0, "assumption": 1, "open": 0, "falls": 0, "unknown": 0}
    arguments = {
        "essay": about
        | {"title": "Essay", "thesis": "essay/thesis", "map": essay, "weakest": "essay/talks", "steps": steps},
        "reply": about | {"title": "Reply", "map": {"reply/talks": node | {"attacks": ["essay/talks"]}}},
    }
    parameters = {
        "chill": sample()["parameters"]["chill"] | {"why": "how far it chills; an assumption", "unit": "logit"}
    }
    small = {"mean": 0.014, "mc_error": 0.001, "q05": 0.0, "q95": 0.05}
    answer = {
        "outcome": "war",
        "says": "War within a year",
        "test": "P(war by 2025-08-18)",
        "by_course": {"incursion": small, "no-incursion": small | {"mean": 0.007}},
        "compared": ["incursion", "no-incursion"],
        "difference": small | {"mean": 0.007},
        "basis": "assumption",
        "credence": 0.8,
        "changed_by": "It turns round if the line is empty.",
    }
    changed = {"claims": claims, "arguments": arguments, "answer": [answer], "parameters": parameters}
    return minimal() | changed | {"courses": COURSES, "fit": sample()["fit"]}


def read_claim(content: dict[str, Any]) -> Claim:
    """A claim of a result."""
    return convert(content, Claim)
