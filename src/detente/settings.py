"""Every numeric default of a computation, once. None of them is a modelling choice."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "0.1.0"  # of this package

DRAWS = 1024  # parameter draws after the evidence, at most: a fit has 512 for each hypothesis
FUTURES = 64  # per draw and course
PRIOR_SHARE = 2  # one draw before the evidence for every so many after it: they are independent, so fewer do
SOLVE_DRAWS = 64  # of `detente solve --posterior`: each is a game of its own
BARGAIN_DRAWS, ROLLOUTS = 512, 32  # of `detente run --only bargain`: twice what `detente run` spends on its section
STARTS = 8  # of a search for the maximum of a likelihood
ZONE_DRAWS = 256  # of the section on bargaining in `detente run`
LOOKAHEAD_DRAWS, LOOKAHEAD_FUTURES = 256, 4  # played where somebody samples futures in every step of every future
FORECAST_FUTURES = 32  # per draw, for what happens; an even number
PREDICTIVE_DRAWS = 128  # per hypothesis, of a predictive check; more change a p-value by less than its own error
RANK_DRAWS = 99  # posterior draws that a truth is ranked among: L + 1 = 100 divides into bins
CLAIM_DRAWS, CLAIM_FUTURES = 63, 16  # of a calibration: posterior draws that judge claims, beside the truth
CURVE_DRAWS = 1000  # of a response curve; the Monte-Carlo error of a probability is about half a point
SAMPLES = 32  # futures per move, draw and step of the record that are weighed for foresight


@dataclass(frozen=True)
class SMCSettings:
    """Numerical settings of the sampler; none of them is a modelling choice."""

    islands: int = 8
    particles: int = 64  # per island
    prior_draws: int = 8  # for each particle, of which the first are chosen: one costs an evaluation, a move eight
    target_ess: float = 0.5  # share of particles that sets the next temperature
    moves: int = 2  # trajectories per temperature; a random walk makes `smc.WALK_MOVES` steps whatever this says
    length: float = 1.6  # of a mean trajectory, in sds of the particles: a quarter of a standard normal's period
    leapfrog: int = 12  # most steps per trajectory
    target_acceptance: float = 0.8
    final_moves: int = 3  # extra rounds at temperature 1
    max_rounds: int = 100


@dataclass(frozen=True)
class NUTSSettings:
    """Numerical settings of the sampler; none of them is a modelling choice."""

    chains: int = 64
    warmup: int = 80  # draws per chain in which the pilot tunes step size and mass
    pilot: int = 40  # draws per chain that give the coordinates
    retune: int = 40  # draws per chain that tune the step size in these coordinates; fewer than `warmup`
    draws: int = 240  # per chain that count
    target_acceptance: float = 0.8
    max_tree_depth: int = 5  # less by one while something is tuned, where chains in lock step wait for the longest


NOISE_MODES = ("kalman", "particles", "replay")  # how a likelihood treats noise between measurements
SAMPLERS: dict[str, type[SMCSettings | NUTSSettings]] = {"smc": SMCSettings, "nuts": NUTSSettings}
SMC = SMCSettings()
ISLANDS = SMC.islands
ORDINAL_SMC = SMCSettings(particles=256)  # of response curves

# of `verify samplers`: more particles and smaller steps of temperature than a fit takes, because the Monte-Carlo error
# of a mean must be well below what is to be seen, 0.1 sd, and that of the evidence well below 0.3 nats
CHECK_SMC = SMCSettings(particles=512, target_ess=0.7, final_moves=2)
CHECK_NUTS = NUTSSettings(draws=320)  # with 240 a correct r-hat comes as near to its limit as 1.009
