"""What was found, as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.game.contestants import CONTESTANTS, LIMIT, OURS, PAIRS
from benchmarks.game.outcome import FALSE_ALARM
from benchmarks.parts import MORE


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """Everything, part by part."""
    yield f"{found['cpu']} ({found['instruction_set']}), {found['threads']} threads, load {found['load']} at the start"
    yield ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    if "ratios" in found:
        yield from _game(found)
    if "kursk" in found:
        yield from _kursk(found["kursk"])
    for name in MORE:
        if name in found:
            yield ""
            yield from _lines({name: found[name]})
    for what in ("skipped", "failed"):
        for name, reason in found[what].items():
            yield f"{what}: {name}: {reason}"


def _game(found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"Reference game, medians of {len(found['rounds'])} interleaved rounds. Ratios: their time over Détente's, of"
    yield "C the other way round: by the clock [least, most], by CPU, and by the clock with 2 futures a draw, not 64"
    heads = f"{'':28}{'futures/s':>12}{'per CPU s':>12}{'ratio':>10}{'[least, most]':>18}"
    yield f"{heads}{'by CPU':>9}{'2 a draw':>10}{'|z|':>7}"
    for who in CONTESTANTS:
        if who.name not in found["futures_per_second"]:
            continue
        rate, key = found["futures_per_second"][who.name], "c_limit" if who.name == LIMIT else who.name
        row = f"{who.says:28}{rate['seconds']:>12,.0f}{rate['cpu']:>12,.0f}"
        spread, pairs = found["spread"].get(key), found["spread_two_futures_a_draw"].get(key)
        if spread:
            clock = spread["seconds"]
            span = f"[{clock['min']:,.4g}, {clock['max']:,.4g}]"
            row += f"{clock['median']:>10,.4g}{span:>18}{spread['cpu']['median']:>9,.4g}"
            row += f"{pairs['seconds']['median']:>10,.4g}" if pairs else f"{'':10}"
        else:
            row += f"{'base' if who.name in (OURS, PAIRS) else '-':>10}{'':37}"
        verdict = found["agreement"][who.name]
        says = {True: "", False: " differs", None: " too few"}[verdict["agrees"]]
        yield f"{row}{verdict['largest_z']:>7.2f}{says}"
    limits = {verdict["limit"] for verdict in found["agreement"].values()}
    if limits:
        yield (
            f"|z|: largest of 67 differences from the reference; up to {limits.pop():g} is chance, which right "
            f"programs exceed, all together, for {FALSE_ALARM:.0%} of seeds"
        )


def _kursk(kursk: Mapping[str, Any]) -> Iterator[str]:
    if kursk.get("futures"):
        yield ""
        yield f"{'futures of one course':28}{'seconds':>12}{'CPU s':>12}{'first s':>12}{'MiB over start':>16}"
        for size, took in kursk["futures"].items():
            peak = "-" if took["peak_mib_over_start"] is None else f"{took['peak_mib_over_start']:,.0f}"
            name = f"{int(size):,} futures, {took['steps']} steps"
            yield f"{name:28}{took['seconds']:>12.4f}{took['cpu']:>12.4f}{took['first_s']:>12.3f}{peak:>16}"
    rows = {"fit, empty cache": kursk.get("fit")}
    for name, kinds in kursk.get("runs", {}).items():
        rows |= {f"{kind} run, {name} version": took for kind, took in kinds.items() if isinstance(took, dict)}
    rows = {name: took for name, took in rows.items() if took}
    if rows:
        yield ""
        yield f"{'command line, fresh process':28}{'seconds':>12}{'CPU s':>12}{'peak MiB':>12}  stages"
    for name, took in rows.items():
        cpu, peak = ("-" if took[key] is None else f"{took[key]:,.1f}" for key in ("cpu", "peak_mib"))
        stages = ", ".join(f"{k.removesuffix('_s')} {v:.1f}" for k, v in took["stages"].items() if v and k != "total_s")
        yield f"{name:28}{took['seconds']:>12.1f}{cpu:>12}{peak:>12}  {stages}"


def _lines(found: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Any findings, a line a number."""
    for key, value in found.items():
        if isinstance(value, Mapping) and any(isinstance(v, Mapping) for v in value.values()):
            yield f"{indent}{key}"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, Mapping):
            yield f"{indent}{key}: " + ", ".join(f"{k} {_short(v)}" for k, v in value.items())
        else:
            yield f"{indent}{key}: {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return " to ".join(map(_short, value)) if isinstance(value, list) else str(value)
