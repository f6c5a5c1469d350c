"""Old words of the command line: the changed ones run as the new ones, those that are gone say what to use."""

from __future__ import annotations

import sys
from collections.abc import Sequence

RENAMED = {  # the old command, with an option where that was what changed: the new words
    ("analogs",): ("crises", "nearest"),
    ("bargain",): ("run", "--only", "bargain", "--no-files"),
    ("calibrate",): ("verify", "calibration"),
    ("claims",): ("run", "--only", "claims", "--no-files"),
    ("evidence",): ("run", "--only", "evidence", "--no-files"),
    ("fit", "--check"): ("verify", "samplers"),
    ("fit", "--ml"): ("fit", "--method", "ml"),
    ("fit", "--sampler"): ("fit", "--method"),
    ("foresight",): ("verify", "foresight"),
    ("hindcast",): ("forecast", "hindcast"),
    ("mirror",): ("run", "--only", "mirror", "--no-files"),
    ("report",): ("render",),
    ("responses", "fit"): ("crises", "fit"),
    ("responses", "score"): ("crises", "score"),
    ("responses", "show"): ("crises", "show"),
    ("run", "--sampler"): ("run", "--method"),
    ("score",): ("forecast", "score"),
    ("simulate",): ("run", "--only", "courses", "--no-files"),
}
REMOVED = {
    "classic": "use `detente run classics/NAME --set PARAMETER=VALUE`; `detente list` names them",
    "escalaition": "its finding is a page of the documentation, docs/escalaition.md",
}
UNDER_FORECAST = ("issue", "score", "hindcast", "--help", "-h")  # else it is the old word with its scenario


def in_new_words(arguments: Sequence[str]) -> list[str]:
    """A command line in the words of today; says on stderr which ones changed."""
    words = list(arguments)
    if words[:1] == ["forecast"] and words[1:] and words[1] not in UNDER_FORECAST:
        return _told(("forecast",), ("forecast", "issue"), words[1:])
    for old, new in RENAMED.items():
        if words[:1] != [old[0]]:
            continue
        if len(old) == 1:
            if any(word.partition("=")[0] == "--out" for word in words):  # files were written where they were asked for
                new = tuple(word for word in new if word != "--no-files")
            return _told(old, new, words[1:])
        for at, word in enumerate(words[1:], 1):
            name, equals, value = word.partition("=")
            if name != old[1] or (at > 1 and not name.startswith("--")):
                continue
            before, after = words[1:at], words[at + 1 :]
            if new[0] != old[0]:
                return _told(old, new, [*before, *after])
            inside = [*new[1:-1], new[-1] + equals + value]
            _told(old, new, [])
            return in_new_words([new[0], *before, *inside, *after])
    return words


def _told(old: Sequence[str], new: Sequence[str], rest: Sequence[str]) -> list[str]:
    print(f'detente: "{" ".join(old)}" is now "{" ".join(new)}"', file=sys.stderr)
    return [*new, *rest]
