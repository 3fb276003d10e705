"""Where a text is from: the administrative divisions it names, settled down to the county as far as the names settle it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .divisions import Division, Divisions, index
from .resources import data


@dataclass(frozen=True, slots=True)
class Naming:
    """A place named at `text[start:end]`, with the divisions it may be."""

    start: int
    end: int
    divisions: Divisions


@dataclass(frozen=True, slots=True)
class Settled:
    """The divisions that a report may be from (one, if settled), where that was read, and which sources say otherwise."""

    divisions: Divisions = ()
    origin: str | None = None
    clashes: tuple[tuple[str, Divisions], ...] = ()

    @property
    def division(self) -> Division | None:
        """The division settled on: the only one, or the one that holds all others."""
        return next((d for d in self.divisions if all(d.holds(o) for o in self.divisions)), None)


def _of_year(divisions: Divisions, year: int | None) -> Divisions:
    """Those that had their name in the year of the report, if any had."""
    if year is None or len(divisions) == 1:
        return divisions
    return tuple(d for d in divisions if d.since <= year <= d.until) or divisions


def namings(text: str, year: int | None = None, running: bool = False) -> list[Naming]:
    """Return the places that a text names in full, in order; names in a row (江苏省淮安市) are one place.

    A name counts at the start of a text, behind a division that holds it, and where a word may end. In `running` text, names that
    are words as well (城区, 老城区) count behind their division only.

    >>> [d.path for n in namings("本报告由嘉兴市秀洲区编制") for d in n.divisions]
    ['浙江省嘉兴市秀洲区']
    """
    known, words_too = index(), data("bodies.yaml")["words_too"]
    found: list[Naming] = []
    for m in known.last.finditer(text):
        end = m.end()
        for length in known.tails.get(text[max(0, end - 2) : end], ()):
            start = end - length
            if start < 0 or not (divisions := known.full.get(text[start:end])) or (found and start < found[-1].end):
                continue
            if end < len(text) and text[start : end + 1] in known.full:
                break
            divisions, first = _of_year(divisions, year), start
            if not (free := _may_begin(text, start)) and not (found and found[-1].end == start):
                first, divisions = _behind_short_names(text, start, divisions)
                free = first < start and _may_begin(text, first)
            if found and found[-1].end == first:
                if inside := tuple(d for d in divisions if any(u.holds(d) for u in found[-1].divisions)):
                    found[-1] = Naming(found[-1].start, end, inside)
                break
            if not free:
                continue
            if not running or first < start or (length > 2 and text[start:end] not in words_too):
                found.append(Naming(first, end, divisions))
            break
    return found


def _may_begin(text: str, start: int) -> bool:
    """Say whether a word may begin here: at the start, behind a sign, behind a character that no name of a place ends in."""
    return not start or not "一" <= text[start - 1] <= "鿿" or text[start - 1] in data("bodies.yaml")["before_place"]


def _behind_short_names(text: str, start: int, divisions: Divisions) -> tuple[int, Divisions]:
    """Take in short names of what holds the divisions, right before them: 江苏淮安清江浦区."""
    known = index()
    at = start
    while at > 1:
        for length in range(min(known.longest_short, at), 1, -1):
            above = [u for u in known.short.get(text[at - length : at], ()) if u.level != "县区"]
            inside = tuple(d for d in divisions if any(u.holds(d) and u.names != d.names for u in above))
            if inside:
                at, divisions = at - length, inside
                break
        else:
            break
    return at, divisions


@lru_cache(maxsize=1024)
def shorthand(text: str, year: int | None = None) -> Divisions:
    """Return the divisions that a text names by nothing but short names: 淮安, 江苏淮安.

    >>> [d.path for d in shorthand("江苏淮安")], shorthand("淮安水利")
    (['江苏省淮安市', '江苏省淮安市淮安区'], ())
    """
    known = index()
    found: Divisions = ()
    while text:
        for length in range(min(known.longest_short, len(text)), 1, -1):
            if not (named := known.short.get(text[:length], ())):
                continue
            named = _of_year(named, year)
            if found:
                named = tuple(d for d in named if any(u.holds(d) and u.names != d.names for u in found))
            if named:
                found, text = named, text[length:]
                break
        else:
            return ()
    return found


@lru_cache(maxsize=1024)
def place(name: str, year: int | None = None) -> tuple[Divisions, int]:
    """Return the divisions that the name of an office may lie in, and where the part of the name that tells it ends.

    >>> [d.path for d in place("孝义市振兴街道")[0]], place("柳泉县水利局")
    (['山西省吕梁市孝义市'], ((), 0))
    """
    if found := namings(name, year):
        return join(n.divisions for n in found) or found[0].divisions, found[-1].end
    if alone := shorthand(name, year):
        return alone, len(name)
    known = index()
    for length in range(min(known.longest_short, len(name)), 1, -1):
        if name[:length] not in known.short:
            continue
        cities = tuple(d for d in known.short[name[:length]] if d.level == "市")
        if cities and re.search(data("bodies.yaml")["zone"], name[length:]):
            return _of_year(cities, year), length
    return (), 0


def _fitting(found: Divisions, said: Divisions) -> Divisions:
    """Those that hold, or lie in, one of the divisions said."""
    return tuple(d for d in found if any(d.holds(o) or o.holds(d) for o in said))


def join(said: Iterable[Divisions], found: Divisions = ()) -> Divisions:
    """Return the deepest divisions on which all agree, none where they contradict each other."""
    for divisions in said:
        if found:
            kept = _fitting(found, divisions)
            found = tuple(o for o in divisions if any(d.holds(o) and d.names != o.names for d in kept)) or kept
            if not found:
                return ()
        else:
            found = divisions
    return found


def settle(own: Divisions, evidence: Sequence[tuple[str, Sequence[Divisions]]], deepen: bool = False) -> Settled:
    """Settle which of its `own` divisions a report is from, by what other sources name; without any of its own, by those alone.

    `evidence` is a source's name with the places it names, the most trusted source first. With `deepen`, a source may also
    tell the county of a report whose name tells only the city.

    >>> open = place("鼓楼区")[0]
    >>> settled = settle(open, [("folder", [place("徐州市")[0]])])
    >>> len(open), settled.division.path, settled.origin
    (4, '江苏省徐州市鼓楼区', 'folder')
    """
    found, origin = own, "name" if own else None
    clashes = []
    for where, said in evidence:
        if not said:
            continue
        if not found:
            if found := join(said):
                origin = where
            continue
        whole = join(said)
        kept = _fitting(found, whole)
        if whole and not kept:
            clashes.append((where, whole))
            continue
        for divisions in () if whole else said:
            kept = _fitting(kept or found, divisions) or kept
        deeper = join([whole], kept) if whole and (deepen or not own) else kept
        if deeper and deeper != found:
            found, origin = deeper, where
    return Settled(found, origin, tuple(clashes))
