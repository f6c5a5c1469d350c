"""The command line: one command per public function. Uses every room; nothing here
computes, and `--help` imports no engine.

Exit codes: 0 done; 2 bad input (a message, no traceback); 1 a bug; 130 interrupted.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `arguments` without the program's name; None: the process's own."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show "→" gets "?", not a traceback
            stream.reconfigure(errors="replace")
    from detente.cli.app import app
    from detente.cli.guard import BAD_INPUT, INTERRUPTED
    from detente.cli.old_words import REMOVED, in_new_words

    words = sys.argv[1:] if arguments is None else list(arguments)
    if words and words[0] in REMOVED:
        print(f"the command {words[0]} was removed: {REMOVED[words[0]]}", file=sys.stderr)
        return BAD_INPUT
    try:
        app(args=in_new_words(words), prog_name="detente")
    except KeyboardInterrupt:  # outside a command: while options are read
        return INTERRUPTED
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0
