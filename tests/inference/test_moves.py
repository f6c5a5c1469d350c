"""How far one move takes particles that the record leaves alone."""

import numpy as np

from detente.inference import moves
from detente.inference.shapes import Shape

PARTICLES = 8 * 512
STANDARD_ERRORS = 4  # false alarm 6e-5 for each of two correlations; the seed is fixed on top


def memory(move) -> tuple[float, float]:
    """How much one move remembers of a parameter that the record leaves alone: correlations of z and of its square."""

    def evaluate(z, _):
        nothing = np.zeros_like(z)
        return moves.Place(z, np.zeros(len(z)), np.zeros(len(z)), nothing, nothing[:, :1])

    rngs = moves.Generators([np.random.default_rng(i) for i in range(8)], np.random.default_rng(9))
    start = evaluate(np.random.default_rng(5).standard_normal((PARTICLES, 1)), None)
    unit = Shape(*(np.ones((8, 1, 1)),) * 2)
    after = move(evaluate)(start, unit, 1.0, 0.32, rngs)[0].z
    first, second = (float(np.corrcoef(np.ravel(start.z) ** k, np.ravel(after) ** k)[0, 1]) for k in (1, 2))
    return first, second


def test_one_move_forgets_what_the_record_leaves_alone():
    """Lengths uniform on (0.8, 2.4): the mean of cos is -0.03, of its square 0.19."""
    first, second = memory(lambda evaluate: moves.hamiltonian(evaluate, 1, 1.6, 12))
    error = 1 / np.sqrt(PARTICLES)
    assert abs(first + 0.03) < STANDARD_ERRORS * error
    assert abs(second - 0.19) < STANDARD_ERRORS * 2 * error


def test_half_a_period_of_fixed_length_is_remembered(monkeypatch):
    """Planted: every particle goes to its mirror image."""
    monkeypatch.setattr(moves, "JITTER", (1.0, 1.0))
    first, second = memory(lambda evaluate: moves.hamiltonian(evaluate, 1, np.pi, 12))
    assert first < -0.95
    assert second > 0.95
