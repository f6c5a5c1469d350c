"""Where JAX is not installed: nothing needs it but a device that is asked for, and that says what to install."""

import subprocess
import sys

import pytest

HIDDEN = "import sys; sys.modules.update(dict.fromkeys(('jax', 'jaxlib', 'numpyro')))\n"
ASK = HIDDEN + "from detente.engine.backends import choice as backend\n"
MESSAGE = "ImportError: this needs JAX, which is not installed: pip install 'detente[jax]'"


def ended(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("call", ["described('cpu')", "futures(None, None, {}, None, device='gpu')"])
def test_a_device_says_what_to_install(call):
    found = ended(f"{ASK}backend.{call}")
    assert found.returncode == 1
    assert found.stderr.strip().endswith(MESSAGE)


def test_without_a_device_nothing_is_missing():
    found = ended(f"{ASK}print(backend.described())")
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith(("machine code", "NumPy"))
