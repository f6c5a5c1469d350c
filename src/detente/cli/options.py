"""The options that commands share, and the checks on their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.errors import InputError, Problem
from detente.settings import DRAWS, FUTURES, NOISE_MODES, SMCSettings

if TYPE_CHECKING:
    from detente.language.records import Scenario

METHODS = ("smc", "nuts")  # the names in `settings.SAMPLERS`
DEVICES = ("cpu", "gpu")
PARTICLES, ISLANDS = SMCSettings().particles, SMCSettings().islands
FEWEST_PARTICLES = 16  # per island
MAX_SEED = 2**32 - 1
MAX_DRAWS, MAX_FUTURES = 65_536, 65_536  # beyond, the counter of random numbers would repeat

ScenarioName = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help="A scenario folder, a single .yaml file, or a name from `detente list`."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", show_default=False, help="Of everything random. Default 1.")]
Draws = Annotated[
    int,
    typer.Option(
        "--draws",
        metavar="N",
        show_default=False,
        help=f"Parameter draws after the evidence; half as many before it. Default {DRAWS}.",
    ),
]
FutureCount = Annotated[
    int,
    typer.Option(
        "--futures",
        metavar="N",
        show_default=False,
        help=f"Futures played out per draw and course, an even number. Default {FUTURES}.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        show_default=False,
        help="Know a parameter for certain, in every hypothesis. May be repeated.",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="SOURCE",
        show_default=False,
        help="Leave out everything that this source says: "
        "of disputed quantities, in the ledger, as measurements. May be repeated.",
    ),
]
CourseNames = Annotated[
    list[str] | None,
    typer.Option("--course", metavar="NAME", show_default=False, help="Show this course only. May be repeated."),
]
NoFit = Annotated[
    bool,
    typer.Option("--no-fit", show_default=False, help="Leave the record aside: what holds on the assumptions alone."),
]
Noise = Annotated[
    str,
    typer.Option(
        "--noise",
        metavar="MODE",
        show_default=False,
        help="How the likelihood treats noise between "
        "measurements: kalman (integrated over along the replay), particles (a particle filter, slow) or "
        "replay (left out, fast). Default kalman.",
    ),
]
Refit = Annotated[
    bool,
    typer.Option(
        "--refit",
        show_default=False,
        help="Fit again without each row of the record whose influence the "
        "draws cannot tell, up to five. Takes minutes.",
    ),
]
Method = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="NAME",
        show_default=False,
        help="Of the fit: smc (tempering, the default) or nuts (many chains, evidence by bridge sampling).",
    ),
]
Particles = Annotated[
    int,
    typer.Option(
        "--particles",
        metavar="N",
        show_default=False,
        help=f"Particles per island of the sampler, of which there are {ISLANDS}. Default {PARTICLES}.",
    ),
]
Icb = Annotated[
    Path | None,
    typer.Option(
        "--icb",
        metavar="FILE",
        show_default=False,
        help="The crises: an ICB2 file. Default: icb/icb2_v15.csv in a data folder.",
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="NAME",
        show_default=False,
        help="Play the futures of courses by JAX on the cpu "
        "or the gpu. Needs the extra jax, or gpu. Default: machine code made for this processor.",
    ),
]
Foresight = Annotated[
    int | None,
    typer.Option(
        "--foresight",
        metavar="LEVEL",
        show_default=False,
        help="Put every track that declares foresight at "
        "this level: 0 is the plain appeals. Default: as the scenario says.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", show_default=False, help="Print the result as JSON on stdout, and nothing else there."),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", show_default=False, help="No progress and no notes on stderr, only errors.")
]


def parse_settings(texts: Iterable[str] | None, option: str = "--set") -> dict[str, str]:
    """Return `--set` or `--hold` as name -> value, both as text; names and values are checked elsewhere.

    Raises:
        InputError: If one is not NAME=VALUE, or a name comes twice.
    """
    values: dict[str, str] = {}
    problems = []
    for text in texts or ():
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            problems.append(Problem(option, "NAME=VALUE", text))
        elif name in values:
            told = "set to" if option == "--set" else "held at"
            problems.append(Problem(option, "each parameter once", text, f"'{name}' is also {told} {values[name]}"))
        else:
            values[name] = value
    if problems:
        raise InputError(problems, what="the options")
    return values


def held_values(scenario: Scenario, texts: Mapping[str, str]) -> dict[str, float]:
    """The values of `--hold`.

    Raises:
        InputError: There is no such parameter, or its priors do not allow the value.
    """
    if not texts:
        return {}
    from detente.language.load import known_for_certain

    fixed = known_for_certain(scenario, texts, "hold").parameters
    return {name: fixed[name].prior.arguments[0] for name in texts}


def check_numbers(
    *,
    seed: int = 1,
    draws: int = DRAWS,
    futures: int = FUTURES,
    particles: int = PARTICLES,
    more: Iterable[Problem] = (),
) -> None:
    """Refuse numbers that the engine could not take.

    Args:
        more: problems of other numbers.

    Raises:
        InputError: With every problem.
    """
    problems = [*more]
    if not 0 <= seed <= MAX_SEED:
        problems.append(Problem("--seed", f"a whole number from 0 to {MAX_SEED}", str(seed)))
    if not 1 <= draws <= MAX_DRAWS:
        problems.append(Problem("--draws", f"a whole number from 1 to {MAX_DRAWS}", str(draws)))
    if not 2 <= futures <= MAX_FUTURES or futures % 2:
        near = f"take {futures + 1}" if futures % 2 and 0 < futures < MAX_FUTURES else ""
        problems.append(Problem("--futures", f"an even number from 2 to {MAX_FUTURES}", str(futures), near))
    if not FEWEST_PARTICLES <= particles <= MAX_DRAWS:
        expected = f"a whole number from {FEWEST_PARTICLES} to {MAX_DRAWS}"
        problems.append(Problem("--particles", expected, str(particles)))
    if problems:
        raise InputError(problems, what="the options")


def check_even(option: str, count: int) -> None:
    """Refuse a number of futures that cannot be halved.

    Raises:
        InputError: If it is none.
    """
    if not 2 <= count <= MAX_FUTURES or count % 2:
        near = f"take {count + 1}" if count % 2 and 0 < count < MAX_FUTURES else ""
        problem = Problem(option, f"an even number from 2 to {MAX_FUTURES}", str(count), near)
        raise InputError([problem], what="the options")


def check_name(option: str, name: str, names: Sequence[str]) -> None:
    """Refuse a name that is none of some.

    Raises:
        InputError: With the nearest one.
    """
    from detente.text.nearest import did_you_mean

    if name not in names:
        raise InputError([Problem(option, " or ".join(names), name, did_you_mean(name, names))], what="the options")


def check_common(asked: Mapping[str, Any]) -> None:
    """Refuse values of common options that nothing could take; those that were not asked are left out.

    Raises:
        InputError: With every problem of the numbers, or that of the first name.
    """
    check_numbers(**{name: asked[name] for name in ("seed", "draws", "futures", "particles") if name in asked})
    if "method" in asked:
        check_method(asked["method"])
    if "noise" in asked:
        check_noise(asked["noise"], asked.get("method", "smc"))
    check_device(asked.get("device"))


def check_noise(mode: str, method: str = "smc") -> None:
    """Refuse a way of treating noise that does not exist, or that a method of fitting cannot use.

    Raises:
        InputError: With the nearest one.
    """
    check_name("--noise", mode, NOISE_MODES)
    if mode == "particles" and method != "smc":
        hint = "an estimated likelihood has no gradient: fit with --method smc"
        expected = f"kalman or replay, with {'NUTS' if method == 'nuts' else 'maximum likelihood'}"
        raise InputError([Problem("--noise", expected, mode, hint)], what="the options")


def check_method(name: str, known: Sequence[str] = METHODS) -> None:
    """Refuse a method of fitting that there is not, or NUTS without the `jax` extra.

    Raises:
        InputError: With the nearest one, or how to install what is missing.
    """
    check_name("--method", name, known)
    if name == "nuts":
        check_installed("numpyro", "--method", name)


def check_device(name: str | None) -> None:
    """Refuse a device that there is not, or that nothing is installed for.

    Raises:
        InputError: If `name` is none of `DEVICES`, or without the `jax` extra.
    """
    if name is None:
        return
    check_name("--device", name, DEVICES)
    check_installed("jax", "--device", name, "gpu" if name == "gpu" else "jax")


def check_installed(package: str, option: str, value: str, extra: str = "jax") -> None:
    """Refuse an option that needs an extra which is not installed.

    Raises:
        InputError: The message says how to install it.
    """
    if find_spec(package) is None:
        problem = Problem(option, f"{package}, which is not installed", value, f"pip install 'detente[{extra}]'")
        raise InputError([problem], what="the options")


def choose_courses(names: Iterable[str] | None, known: Mapping[str, object]) -> list[str]:
    """Return the courses to show, in the scenario's order; all when none is named.

    Raises:
        InputError: If a name is not a course of the scenario.
    """
    from detente.text.nearest import did_you_mean

    wanted = list(names or ())
    unknown = [
        Problem("--course", f"a course of the scenario: {', '.join(known)}", name, did_you_mean(name, known))
        for name in dict.fromkeys(wanted)
        if name not in known
    ]
    if unknown:
        raise InputError(unknown, what="the options")
    return [name for name in known if not wanted or name in wanted]


def check_folder(folder: Path) -> None:
    """Make an output folder and try to write in it, so that a long run does not end in a refusal.

    Raises:
        InputError: If it cannot be made or written in.
    """
    from detente.cli.output import scratch_name

    probe = scratch_name(folder / "probe")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem("--out", "a folder that can be written to", str(folder), reason)
        raise InputError([problem], what="the options") from None
