"""The public surface, and what no file may mention."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import detente

ROOT = Path(__file__).parent.parent
# the forbidden names are put together here, so that this file does not hold them either
HOSTS = r"\b(" + "|".join(("py" r"pi\.org", "python" r"hosted\.org", "ana" r"conda\.org", "registry" r"\.npm")) + r")"
PATHS = r"(?<![\w.:/])/(work|home|root|Users|tmp|private|mnt|opt)/\w|\b[A-Z]:\\\\?Users"
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".csv", ".json", ".j2", ".css", ".js", ".lark", ".cfg", ""}


def python(code: str) -> str:
    """Run code in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_all_is_sorted_and_every_name_is_there():
    assert detente.__all__ == sorted(set(detente.__all__))
    for name in detente.__all__:
        assert getattr(detente, name) is not None, name
    assert dir(detente) == sorted(["__version__", *detente.__all__])


def test_every_public_name_is_documented():
    for name in detente.__all__:
        assert (getattr(detente, name).__doc__ or "").strip(), name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'detente' has no attribute 'nonsense'"):
        detente.nonsense  # noqa: B018


def test_importing_detente_imports_nothing_heavy():
    heavy = {"jax", "numpyro", "llvmlite", "scipy", "numpy", "rich", "typer", "lark", "yaml"}
    loaded = python("import sys, detente, detente.errors; print(' '.join(sys.modules))").split()
    assert heavy.isdisjoint(loaded)


def test_loading_a_scenario_needs_no_compiler():
    loaded = python("import sys, detente; detente.load('kursk-2024'); print(' '.join(sys.modules))").split()
    assert {"jax", "numpyro", "llvmlite"}.isdisjoint(loaded)


def kept_files():
    """Everything git knows of or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    names = done.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and Path(name).suffix in TEXT and (ROOT / name).is_file()]


def offences(pattern, texts):
    """Lines that match, as `file:line: text`."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("pattern", [HOSTS, PATHS], ids=["registry hosts", "machine paths"])
def test_no_file_mentions(pattern):
    """Where packages come from and where this was written is nobody's business, and it goes stale."""
    me = Path(__file__).resolve()
    texts = [(p.relative_to(ROOT), p.read_text(encoding="utf-8")) for p in kept_files() if p.resolve() != me]
    assert len(texts) > 50
    assert offences(pattern, texts) == []


@pytest.mark.parametrize(
    ("pattern", "bad", "good"),
    [
        (HOSTS, "index-url = https://py_pi.org/simple".replace("_", ""), "pip install detente"),
        (HOSTS, "registry" + ".npmjs", "the registry of moves"),
        (PATHS, "see /" + "work/main/src", "the work / home balance"),
        (PATHS, "open('/" + "home/ana/x')", "https://example.org/home/page"),
        (PATHS, "/" + "tmp/x/y", "src/detente/tmp/x"),
    ],
)
def test_the_checks_have_power(pattern, bad, good):
    assert offences(pattern, [("a", bad)]) == [f"a:1: {bad}"]
    assert offences(pattern, [("a", good)]) == []
