"""`detente list`: the bundled scenarios."""

from __future__ import annotations

import re

from detente.cli.command import Answer, Job, command

_HEAD = 4_096  # characters of a scenario file in which its title stands


@command("as_json")
def list_(job: Job) -> Answer:
    """List the bundled scenarios."""
    from detente.language.load import bundled, find

    titles = {}
    for name in bundled():
        root, model = find(name)
        with (root / model).open(encoding="utf-8", errors="replace") as file:
            titles[name] = title_of(file.read(_HEAD))
    width = max(map(len, titles), default=0)
    lines = [f"{name:<{width}}  {title}".rstrip() for name, title in titles.items()]
    return Answer(titles, lambda: print("\n".join(lines)))


def title_of(head: str) -> str:
    """The title in the first lines of a scenario, without reading the rest of it; "" when it is not there."""
    found = re.search(r"^title:[ ]*(.*(?:\n[ ]+.*)*)", head, re.MULTILINE)
    text = " ".join(found[1].split()) if found else ""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
