"""Machine code: compiled once, kept, found again, made again when damaged, and never in the way."""

import os
import subprocess
import sys
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from detente.engine.backends import machine
from detente.engine.backends.vector_ir import Writer
from detente.progress import compiling

needs_llvm = pytest.mark.skipif(machine.available() is not None, reason=str(machine.available()))
SCALED = {"scaled": (1, 2)}


def text(factor):
    """A function that multiplies the numbers of whole groups of four by a factor."""
    w = Writer(4)
    with w.loop(0, "%groups", "group") as i:
        x = w.load(w.at("%x", i, w.real_type), w.real_type)
        w.store(w.mul(x, w.constant(factor)), w.real_type, w.at("%y", i, w.real_type))
    return w.function("scaled", "i32 %groups, ptr noalias %x, ptr noalias %y")


def scaled(program):
    """What the function makes of 1."""
    x, y = np.ones(8, np.float32), np.zeros(8, np.float32)
    program["scaled"](2, x.ctypes.data, y.ctypes.data)
    assert (y == y[0]).all()
    return y[0]


def never():
    raise AssertionError("the text is not asked for when the program is kept")


def forget(monkeypatch):
    """Forget what is in memory, as a new process would."""
    monkeypatch.setattr(machine, "_loaded", OrderedDict())


@pytest.fixture
def objects(tmp_path, monkeypatch):
    """An empty cache: the folder of its programs."""
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "cache"))
    forget(monkeypatch)
    return tmp_path / "cache" / "objects"


@needs_llvm
def test_compiled_once(objects, monkeypatch):
    before, spent = machine.compilations(), float(compiling)
    program = machine.load("double", lambda: text(2), SCALED)
    assert scaled(program) == 2
    assert machine.compilations() == before + 1
    assert float(compiling) > spent
    assert machine.load("double", never, SCALED) is program, "in memory"
    forget(monkeypatch)
    again = machine.load("double", never, SCALED)
    assert again is not program
    assert scaled(again) == 2, "from the disk"
    assert machine.compilations() == before + 1


@needs_llvm
def test_programs_with_functions_of_one_name(objects):
    """Each has its own, whichever was loaded last."""
    programs = [machine.load(f"times {k}", lambda k=k: text(k), SCALED) for k in (2, 3, 5)]
    assert [scaled(p) for p in programs] == [2, 3, 5]
    assert [scaled(p) for p in reversed(programs)] == [5, 3, 2]


@needs_llvm
def test_a_function_keeps_its_code(objects, monkeypatch):
    function = machine.load("double", lambda: text(2), SCALED)["scaled"]
    forget(monkeypatch)
    for k in range(3, 9):
        machine.load(f"times {k}", lambda k=k: text(k), SCALED)
    assert scaled({"scaled": function}) == 2


@needs_llvm
def test_what_an_entry_depends_on(objects, monkeypatch):
    """The key, the functions, the CPU, the level and the engine's own source files."""
    other_cpu = {"cpu": "generic"} if machine.host().label == "NEON" else {"cpu": "x86-64"}
    variants = [("a", {}), ("b", {}), ("a", other_cpu), ("a", {"level": 0}), ("a", {"features": ""})]
    before = machine.compilations()
    for _ in range(2):
        for key, options in variants:
            assert scaled(machine.load(key, lambda: text(2), SCALED, **options)) == 2
    assert machine.compilations() == before + len(variants)
    monkeypatch.setattr(machine, "_SOURCES", "of another version")
    machine.load("a", lambda: text(2), SCALED)
    assert machine.compilations() == before + len(variants) + 1
    assert len(list(objects.iterdir())) == len(variants) + 1


@needs_llvm
def test_only_so_many_programs_stay_in_memory(objects, monkeypatch):
    monkeypatch.setattr(machine, "_MOST_LOADED", 2)
    first, second, third = (machine.load(f"{k}", lambda: text(2), SCALED) for k in "abc")
    assert machine.load("c", never, SCALED) is third
    assert machine.load("b", never, SCALED) is second
    assert machine.load("a", never, SCALED) is not first


def flipped(share):
    """One bit of an entry flipped, at a share of its length."""

    def damage(content):
        place = int(share * len(content))
        return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]

    return damage


DAMAGES = {
    "empty": lambda content: b"",
    "cut short": lambda content: content[: len(content) // 2],
    "a tag alone": lambda content: content[: len(machine._TAG)],
    "a bit of the tag": flipped(0),
    "a bit of the code": flipped(0.5),
    "the last bit": flipped(0.9999),
}


@needs_llvm
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_made_again(objects, monkeypatch, damage):
    machine.load("double", lambda: text(2), SCALED)
    (entry,) = objects.iterdir()
    content = entry.read_bytes()
    entry.write_bytes(damage(content))
    forget(monkeypatch)
    before = machine.compilations()
    assert scaled(machine.load("double", lambda: text(2), SCALED)) == 2
    assert machine.compilations() == before + 1
    assert entry.read_bytes() == content


@needs_llvm
def test_a_whole_entry_that_is_no_program_is_made_again(objects, monkeypatch):
    machine.load("double", lambda: text(2), SCALED)
    (entry,) = objects.iterdir()
    content = entry.read_bytes()
    for body in (b"not an object file", machine.object_code("", *machine_words())):
        machine.write_kept(entry, machine._TAG, body)
        forget(monkeypatch)
        assert scaled(machine.load("double", lambda: text(2), SCALED)) == 2
        assert entry.read_bytes() == content


def machine_words():
    """The triple and the name of this machine's CPU."""
    from llvmlite import binding as llvm

    return llvm.get_process_triple(), machine.host().name


@needs_llvm
@pytest.mark.skipif(os.name != "posix", reason="files have modes on POSIX systems")
def test_programs_are_their_owners(objects, monkeypatch):
    machine.load("double", lambda: text(2), SCALED)
    (entry,) = objects.iterdir()
    assert entry.stat().st_mode & 0o777 == 0o600
    assert objects.stat().st_mode & 0o777 == 0o700
    entry.chmod(0o666)
    forget(monkeypatch)
    before = machine.compilations()
    machine.load("double", lambda: text(2), SCALED)
    assert machine.compilations() == before + 1, "code that others may write is not run"


@needs_llvm
def test_without_a_cache(tmp_path, monkeypatch):
    """The folder cannot be made: programs are compiled, once in each process."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DETENTE_CACHE", str(tmp_path / "file"))
    forget(monkeypatch)
    before = machine.compilations()
    for _ in range(2):
        assert scaled(machine.load("double", lambda: text(2), SCALED)) == 2
    assert machine.compilations() == before + 1


@needs_llvm
def test_threads_at_once(objects):
    before = machine.compilations()
    keys = [str(i % 4) for i in range(32)]
    with ThreadPoolExecutor(8) as pool:
        programs = list(pool.map(lambda key: machine.load(key, lambda: text(float(key) + 1), SCALED), keys))
        results = list(pool.map(scaled, programs))
    assert results == [float(key) + 1 for key in keys]
    assert machine.compilations() == before + 4


PROCESS = """
import sys
from detente.engine.backends import machine
from tests.engine.backends.test_machine import SCALED, scaled, text
print(*(scaled(machine.load(f"times {k}", lambda: text(k), SCALED)) for k in range(1, 9)), machine.compilations())
"""


@needs_llvm
def test_processes_at_once(objects, monkeypatch):
    """Two that begin together on an empty cache, and one that comes after them."""
    run = [sys.executable, "-c", PROCESS]
    together = [subprocess.Popen(run, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    found = [process.communicate(timeout=120)[0].split() for process in together]
    for words in found:
        assert [float(word) for word in words[:-1]] == list(range(1, 9))
    before = machine.compilations()
    assert [scaled(machine.load(f"times {k}", never, SCALED)) for k in range(1, 9)] == list(range(1, 9))
    assert machine.compilations() == before
    assert len(list(objects.iterdir())) == 8


# ---- when there is nothing to compile with, or nothing that compiles

# %y is used where it was not computed
UNDEFINED = """
define void @scaled() {
  br label %use
use:
  %x = add i32 %y, 1
  ret void
unreached:
  %y = add i32 1, 1
  br label %use
}
"""


@needs_llvm
@pytest.mark.parametrize("text_", ["define void @scaled( {", UNDEFINED])
def test_a_text_that_llvm_does_not_take(objects, text_):
    """Neither what cannot be read nor what can be read and makes no sense."""
    with pytest.raises(machine.Unavailable, match=r"(?s)^LLVM \d.* does not compile the program: .+"):
        machine.load("broken", lambda: text_, SCALED)
    assert not objects.exists()
    assert scaled(machine.load("broken", lambda: text(2), SCALED)) == 2


@needs_llvm
def test_a_function_that_is_missing(objects):
    message = "the compiled program does not define the function 'doubled'"
    with pytest.raises(machine.Unavailable, match=message):
        machine.load("double", lambda: text(2), {**SCALED, "doubled": (1, 2)})


@pytest.fixture
def opened_anew():
    """What was found out about llvmlite is forgotten, before and after."""
    machine._opened.cache_clear()
    machine.host.cache_clear()
    yield
    machine._opened.cache_clear()
    machine.host.cache_clear()


def test_without_llvmlite(opened_anew, monkeypatch):
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    assert machine.available() == "llvmlite is not installed"
    for call in (machine.host, lambda: machine.load("double", never, SCALED)):
        with pytest.raises(machine.Unavailable, match=r"^llvmlite is not installed$"):
            call()


@needs_llvm
def test_where_code_in_memory_is_forbidden(opened_anew, monkeypatch):
    from llvmlite import binding as llvm

    def fail():
        raise OSError(1, "cannot allocate executable memory.")

    monkeypatch.setattr(llvm, "check_jit_execution", fail)
    assert machine.available() == "llvmlite does not work here: [Errno 1] cannot allocate executable memory."


@needs_llvm
def test_the_host():
    host = machine.host()
    assert host.name
    assert host.lanes in (4, 8, 16)
    assert host.fma or host.label != "AVX2"
    assert np.dtype(machine.bits_dtype(host.lanes)).itemsize * 8 == max(8, host.lanes)


@needs_llvm
@pytest.mark.parametrize(
    ("machine_name", "features", "expected"),
    [
        ("x86_64", {"sse2", "avx", "avx2", "fma", "avx512f"}, (16, True, "AVX-512")),
        ("AMD64", {"sse2", "avx", "avx2", "fma"}, (8, True, "AVX2")),
        ("x86_64", {"sse2", "avx"}, (4, False, "AVX")),
        ("x86_64", {"sse2"}, (4, False, "SSE2")),
        ("arm64", {"neon"}, (4, True, "NEON")),
        ("riscv64", set(), (4, False, "riscv64")),
    ],
)
def test_other_hosts(opened_anew, monkeypatch, machine_name, features, expected):
    from llvmlite import binding as llvm

    has = llvm.FeatureMap({name: name in features for name in ("sse2", "avx", "avx2", "fma", "avx512f", "neon")})
    monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: has)
    monkeypatch.setattr(machine.platform, "machine", lambda: machine_name)
    host = machine.host()
    assert (host.lanes, host.fma, host.label) == expected
