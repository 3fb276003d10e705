"""What gongkai brings along, and under which licences: python tests/licences.py prints the list."""

from __future__ import annotations

import re
from importlib import metadata

from packaging.requirements import Requirement

# As packages name them, in any of the three places where they may.
FREE = re.compile(r"MIT|BSD|Apache|ISC|MPL|Mozilla|Python Software|PSF|Zlib|CC0|Unlicense|HPND|CNRI|Kiwi|Enthought|matplotlib")
COPYLEFT = re.compile(r"A?GPL|General Public")
LESSER = re.compile(r"LGPL|Lesser General")


def brought(name: str = "gongkai", extras: frozenset[str] = frozenset({"all"})) -> dict[str, set[str]]:
    """The packages that one needs to run, with theirs, for this system and Python, and their extras."""
    found: dict[str, set[str]] = {}

    def follow(name: str, extras: set[str]) -> None:
        for told in metadata.requires(name) or []:
            wanted = Requirement(told)
            if wanted.marker and not any(wanted.marker.evaluate({"extra": e}) for e in extras | {""}):
                continue
            key = re.sub(r"[-_.]+", "-", wanted.name).lower()
            if key in found and wanted.extras <= found[key]:
                continue
            found[key] = found.get(key, set()) | wanted.extras
            follow(key, found[key])

    follow(name, set(extras))
    return {key: extras for key, extras in sorted(found.items()) if key != "gongkai"}


def licence(name: str) -> str:
    """What a package says of its licence."""
    about = metadata.metadata(name)
    classes = [c.split(" :: ")[-1] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    said = [about.get("License-Expression") or "", *classes, (about.get("License") or "").strip().splitlines()[:1]]
    return next((s if isinstance(s, str) else "".join(s) for s in said if s), "")


def sort(said: str) -> str:
    """`free`, `lesser` (LGPL), `copyleft` (GPL, AGPL) or `unknown`; where one may choose, the freest counts.

    >>> sort("MPL-1.1 OR GPL-2.0-only"), sort("MIT AND GPL-3.0"), sort("LGPL-3.0"), sort("own")
    ('free', 'copyleft', 'lesser', 'unknown')
    """
    order = ("free", "lesser", "unknown", "copyleft")
    return min((_one(part) for part in re.split(r"\bOR\b", said)), key=order.index)


def _one(said: str) -> str:
    # A licence with an exception that leaves the users' own code free.
    said = re.sub(r"GPL-[\d.]+(-or-later|-only)? WITH [\w.-]*exception[\w.-]*", "MIT", said)
    rest = LESSER.sub("", said)
    if COPYLEFT.search(rest):
        return "copyleft"
    return "lesser" if rest != said else "free" if FREE.search(said) else "unknown"


if __name__ == "__main__":
    for package in brought():
        said = licence(package)
        print(f"{package:28}{metadata.version(package):18}{sort(said):10}{said}")
