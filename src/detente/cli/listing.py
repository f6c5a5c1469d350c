"""`detente list`: the bundled scenarios."""

from __future__ import annotations

import re

from detente.cli.options import AsJson
from detente.cli.output import json_text, print_json

_HEAD = 4_096  # characters of a scenario file in which its title stands


def list_(as_json: AsJson = False) -> None:
    """List the bundled scenarios."""
    from detente.language.load import bundled, find

    titles = {}
    for name in bundled():
        root, model = find(name)
        with (root / model).open(encoding="utf-8", errors="replace") as file:
            titles[name] = title_of(file.read(_HEAD))
    if as_json:
        print_json(json_text(titles))
        return
    width = max(map(len, titles), default=0)
    for name, title in titles.items():
        print(f"{name:<{width}}  {title}".rstrip())


def title_of(head: str) -> str:
    """The title in the first lines of a scenario, without reading the rest of it; "" when it is not there."""
    found = re.search(r"^title:[ ]*(.*(?:\n[ ]+.*)*)", head, re.MULTILINE)
    text = " ".join(found[1].split()) if found else ""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
