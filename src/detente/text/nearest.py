"""The nearest known name, for hints."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the nearest known name, or "" when nothing is near."""
    import difflib  # costs a few milliseconds, and only errors need it

    names = sorted(set(known))
    near = difflib.get_close_matches(got[:80], names, n=1, cutoff=0.6)
    if not near:
        folded = {name.casefold(): name for name in names}
        # the last piece alone: `provoked` for `RU.provoked`
        tails = {name.rsplit(".", 1)[-1].casefold(): name for name in names if "." in name}
        last = got[:80].rsplit(".", 1)[-1].casefold()
        close = difflib.get_close_matches(last, sorted(tails), n=1, cutoff=0.8)
        near = [folded[got.casefold()]] if got.casefold() in folded else [tails[name] for name in close]
    return f"did you mean '{near[0]}'?" if near else ""
