"""From exceptions to exit codes and messages on stderr. The one place where a traceback is withheld."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable

import typer

from detente.errors import EngineError, InputError

DONE, BUG, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
TRACEBACK = "DETENTE_TRACEBACK"  # environment variable: 1 shows the traceback of every failure


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Wrap a command so that whatever it raises ends the process with the right code and one message."""

    @functools.wraps(command)
    def run(*args: object, **options: object) -> None:
        try:
            _tell_of_the_cache(quiet=True)  # what came before this command is not its own
            command(*args, **options)
            sys.stdout.flush()
            _tell_of_the_cache(quiet=bool(options.get("quiet")))
        except BrokenPipeError:  # the reader of a pipe has had enough: `detente check x | head`
            _silence_stdout()
        except KeyboardInterrupt:
            raise _end(INTERRUPTED, "interrupted") from None
        except InputError as error:
            raise _end(BAD_INPUT, str(error)) from None
        except EngineError as error:
            raise _end(BAD_INPUT, f"the scenario's model cannot be run\n\n{error}") from None
        except typer.Exit:
            raise
        except OSError as error:  # a full disk, a closed terminal: not the scenario's fault, nor a bug
            raise _end(BAD_INPUT, f"the system refused: {error}") from None
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            hint = f"this is a bug, please report it; {TRACEBACK}=1 shows where it happened"
            raise _end(BUG, f"{what}\n\n{hint}") from None

    return run


def _end(code: int, message: str) -> typer.Exit:
    if os.environ.get(TRACEBACK) == "1":
        traceback.print_exc()
    print(message, file=sys.stderr)
    return typer.Exit(code)


def _tell_of_the_cache(*, quiet: bool) -> None:
    """Say once that nothing could be kept. Commands that keep nothing have not imported the module."""
    storage = sys.modules.get("detente.text.kept_files")
    told = storage.refusal() if storage else ""
    if told and not quiet:
        print(told, file=sys.stderr)


def _silence_stdout() -> None:
    """Let what is still buffered, and the flush at exit, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):  # stdout is not a file: a test, an embedding
        sys.stdout = open(os.devnull, "w")  # until the process ends
    finally:
        os.close(nowhere)
