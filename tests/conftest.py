"""Tests never touch the user's cache."""

import os
import tempfile

os.environ.setdefault("DETENTE_CACHE", tempfile.mkdtemp(prefix="detente-test-"))
