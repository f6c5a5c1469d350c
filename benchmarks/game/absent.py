"""When a program of the reference game cannot be here."""


class AbsentError(Exception):
    """What it takes is not on this machine; the message says what."""
