"""A fit as a tree of xarray's, as ArviZ takes it: prior, posterior, what each row of the record cost, and its units."""

from __future__ import annotations

from typing import Any

import numpy as np

from detente import streams
from detente.inference.density import Model
from detente.inference.draws import Draws
from detente.inference.posterior_replay import PosteriorReplay, cells_of, replay_posterior, terms_of
from detente.inference.quantiles import Quantiles
from detente.language.records import Scenario

SAMPLES = ("chain", "draw")
SEED = 7  # of the order of draws within a chain, and of parted ties
TIE = 1e-10  # nats, at most, that part draws which explain a row equally well: ArviZ fits no tail of equal values
CONSTANT = 1e-9  # nats: silence that varies no more between draws says nothing of them


def datatree(scenario: Scenario, model: Model, after: Draws, before: Draws, log_prior: np.ndarray) -> Any:
    """The tree, averaged over hypotheses: draws resampled by their weights, into as many chains as there are islands.

    A parameter that is fixed under every hypothesis is left out. The rows of `log_likelihood` add up to that of the
    whole record, but for a constant: rows of the ledger that count, measurements, and per step the silence of all else.

    Args:
        log_prior: log density of every parameter of `after`, shape (hypothesis and island, particle, parameter); 0
            where it is fixed.

    Raises:
        ImportError: Without the extra `notebook`.
    """
    try:
        import xarray as xr
    except ImportError as error:
        raise ImportError("a tree needs xarray: pip install 'detente[notebook]'") from error
    chosen, first = _resampled(after), _resampled(before)
    shown = [
        i
        for i, name in enumerate(after.parameters)
        if any(scenario.prior(name, h).family != "fixed" for h in after.hypotheses)
    ]
    density = log_prior.reshape(-1, len(after.parameters))
    hypotheses = np.array(after.hypotheses)

    def parameters(values: np.ndarray) -> dict[str, Any]:
        """Of (chain, draw, parameter)."""
        about = [(i, scenario.parameters[after.parameters[i]]) for i in shown]
        return {a.id: (SAMPLES, values[..., i], {"unit": a.unit, "why": a.why}) for i, a in about}

    rows, terms = _rows(scenario, model, replay_posterior(model, after))
    terms = terms + streams.rng("ties", SEED).uniform(0, TIE, terms.shape)
    labels = {name: ("row", list(column)) for name, column in _columns(rows)}
    groups = {
        "posterior": parameters(after.values.T[chosen]),
        "prior": parameters(before.values.T[first]),
        "log_prior": {
            **parameters(density[chosen]),
            "hypothesis": (SAMPLES, after.log_prior_weight[after.hypothesis][chosen]),
        },
        "log_likelihood": {"record": ((*SAMPLES, "row"), np.moveaxis(terms[:, chosen], 0, -1), {"unit": "nats"})},
        "sample_stats": {"hypothesis": (SAMPLES, hypotheses[after.hypothesis][chosen])},
    }
    coordinates = {"chain": np.arange(chosen.shape[0]), "draw": np.arange(chosen.shape[1])}
    found = {name: xr.Dataset(group, coordinates) for name, group in groups.items()}
    found["log_likelihood"] = found["log_likelihood"].assign_coords(labels)
    found["observed_data"] = _observed(xr, scenario, rows).assign_coords(labels)
    return xr.DataTree.from_dict(
        {"/": xr.Dataset(attrs={"scenario": scenario.id, "question": scenario.question}), **found}
    )


def log_prior_density(quantiles: Quantiles, z: np.ndarray) -> np.ndarray:
    """Log density of every parameter at its value, of the shape of `z`; 0 where it is fixed."""
    slopes = quantiles.values_and_slopes(z)[1]
    free = np.array([p.family != "fixed" for p in quantiles.priors], bool)
    logs = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - np.log(np.where(free, np.abs(slopes), 1.0))
    return np.where(free, logs, 0.0)


def _resampled(draws: Draws) -> np.ndarray:
    """Numbers of draws that stand for all of them alike, shape (chain, draw): a systematic resample, island by island,
    as large as one hypothesis' share."""
    chains = draws.islands
    size = len(draws) // len(draws.hypotheses) // chains
    order = np.lexsort((draws.hypothesis, draws.island))
    total = np.cumsum(draws.weights[order])
    points = (np.arange(chains * size) + 0.5) / (chains * size) * total[-1]
    chosen = order[np.searchsorted(total, points)].reshape(chains, size)
    return streams.rng("order of draws", SEED).permuted(chosen, axis=1)


Row = tuple[str, str, str]  # kind, day, what it says


def _rows(scenario: Scenario, model: Model, told: PosteriorReplay) -> tuple[list[Row], np.ndarray]:
    """The rows of the record, and the log likelihood of each, shape (row, draw)."""
    if model.panel:
        assert scenario.cases is not None
        found = model.likelihood().by_case(told.draws.values)
        return [("case", "", case) for case in scenario.cases.ids], found
    cells, clock = cells_of(scenario), scenario.clock
    terms = terms_of(cells, told)
    silent = np.array(told.terms.by_step())
    for cell, term in zip(cells, terms, strict=True):
        silent[max(0, cell.step - 1) if cell.kind == "measurement" else cell.step] -= term
    rows = [(c.kind, c.date.isoformat(), f"{c.name} {c.what}") for c in cells]
    telling = np.flatnonzero(np.ptp(silent[:, told.possible], axis=1) > CONSTANT)
    rows += [("silence", clock.date_of(step).isoformat(), "all else") for step in telling.tolist()]
    return rows, np.concatenate([terms, silent[telling]])


def _columns(rows: list[Row]) -> list[tuple[str, tuple[str, ...]]]:
    return list(zip(("kind", "date", "what"), zip(*rows, strict=True), strict=True))


def _observed(xr: Any, scenario: Scenario, rows: list[Row]) -> Any:
    """What the record says: of a measurement its value; 1 for a move, an event or a case; 0 for silence."""
    values = [
        float(what.rpartition(" ")[2]) if kind == "measurement" else float(kind != "silence") for kind, _, what in rows
    ]
    units = [
        scenario.stocks[what.rpartition(" ")[0]].unit if kind == "measurement" else "happened" for kind, _, what in rows
    ]
    return xr.Dataset({"record": ("row", values)}, {"unit": ("row", units)})
