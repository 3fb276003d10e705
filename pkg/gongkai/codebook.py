"""Load and check a codebook: roles, themes, rules and the cues that hint at a theme."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from .errors import UserError
from .resources import resource

# The shipped codebook has 13 thousand characters; checking these takes seconds.
LONGEST = 500_000
_TOLD, _SHOWN = 20, 40


class CodebookError(UserError):
    """A codebook that cannot be used; the message names the file, the line and the cure."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Role(_Strict):
    """One role a statement can have; `themed` says whether its statements carry themes (left out: as the labels show)."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    examples: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    themed: bool | None = None


class Theme(_Strict):
    """One issue type; `alone` says that it stands only by itself (left out: as the labels show)."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    not_: str | None = Field(default=None, alias="not")
    examples: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    alone: bool | None = None


class Codebook(_Strict):
    """Roles, themes and coding rules; ids are stable, people see `zh` or `en`.

    >>> book = load_codebook()
    >>> book.role_ids
    ('problem', 'measure', 'other')
    >>> book.themes[0].zh
    '公开时效'
    """

    version: int
    unit: str = ""
    roles: dict[str, Role] = Field(min_length=1)
    rules: tuple[str, ...] = ()
    themes: tuple[Theme, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_apart(self) -> Codebook:
        wrong, seen = [], set[str]()
        for n, theme in enumerate(self.themes):
            cure = None
            if theme.id in self.roles:
                cure = f"{theme.id!r} is both a role and a theme: rename one of them"
            elif theme.id in seen:
                cure = f"duplicate theme id {theme.id!r}: give each theme an id of its own"
            if cure:
                error = PydanticCustomError("id_taken", "{cure}", {"cure": cure})
                wrong.append(InitErrorDetails(type=error, loc=("themes", n, "id"), input=theme.id))
            seen.add(theme.id)
        if wrong:
            raise ValidationError.from_exception_data("Codebook", wrong)
        return self

    @cached_property
    def role_ids(self) -> tuple[str, ...]:
        """Role ids in order."""
        return tuple(self.roles)

    @cached_property
    def theme_ids(self) -> tuple[str, ...]:
        """Theme ids in order."""
        return tuple(t.id for t in self.themes)

    @cached_property
    def themed_roles(self) -> frozenset[str]:
        """The roles declared to carry themes."""
        return frozenset(r for r, role in self.roles.items() if role.themed)

    @cached_property
    def themeless_roles(self) -> frozenset[str]:
        """The roles declared to carry none."""
        return frozenset(r for r, role in self.roles.items() if role.themed is False)

    @cached_property
    def alone(self) -> frozenset[str]:
        """The themes declared to stand only by themselves."""
        return frozenset(t.id for t in self.themes if t.alone)

    def label(self, code: str, language: str = "zh") -> str:
        """Return what people see for a role or theme id, in `zh` or `en`."""
        known = {**self.roles, **{t.id: t for t in self.themes}}
        if code not in known:
            raise ValueError(f"{code!r} is not in the codebook (v{self.version}): {', '.join(known)}")
        return str(getattr(known[code], language))

    def check(self, role: str, themes: tuple[str, ...] | list[str]) -> list[str]:
        """Return what a role and a set of themes break of the codebook's rules; empty where nothing.

        >>> load_codebook().check("other", ["depth"])
        ["role 'other' carries no theme, but has depth"]
        """
        wrong = []
        if role not in self.roles:
            wrong.append(f"role {role!r} is not in the codebook (v{self.version}): {', '.join(self.roles)}")
        wrong += [
            f"theme {t!r} is not in the codebook (v{self.version}): {', '.join(self.theme_ids)}" for t in themes if t not in self.theme_ids
        ]
        if role in self.themeless_roles and themes:
            wrong.append(f"role {role!r} carries no theme, but has {', '.join(themes)}")
        if role in self.themed_roles and not themes:
            wrong.append(f"role {role!r} needs at least one theme")
        if len(themes) > 1:
            wrong += [f"theme {t!r} stands alone, but has company" for t in themes if t in self.alone]
        return wrong


class _UniqueKeys(yaml.SafeLoader):
    """A safe loader that refuses a key given twice, which YAML would silently overwrite, and names values that it cannot read."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:
            said = f"{str(node.value)[:_SHOWN]!r} cannot be read as {node.tag.rpartition(':')[2]}: put it in quotes"
            raise yaml.constructor.ConstructorError(None, None, said, node.start_mark) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set[object] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if not isinstance(name, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "a key is no name: write a plain word before the colon", key.start_mark)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {name!r} stands twice: remove one", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _line(root: yaml.Node | None, where: tuple) -> int | None:
    """Line (from 1) of the deepest node on the way to a place in the document."""
    node, line = root, None
    for step in where:
        if isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if k.value == str(step)]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line or (node.start_mark.line + 1 if node else None)


def _yaml_mistake(error: Exception) -> str:
    """The line of a YAML mistake (where an open quote began, not where the file ends), what it is, and what to do."""
    problem = str(getattr(error, "problem", None) or error)
    quote = "quoted scalar" in str(getattr(error, "context", ""))
    mark = getattr(error, "context_mark" if quote else "problem_mark", None)
    cure = "" if ": " in problem else "; close the quote" if quote else "; indent with spaces, and put text that holds a colon in quotes"
    if "tag" in problem:
        cure = "; remove the tag and write the plain value"
    return (f"line {mark.line + 1}: " if mark else "") + problem + cure


_CURES = {
    "too_short": "give at least one",
    "string_type": "write text here, in quotes where it looks like a number",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "extra_forbidden": "remove this key, or correct its spelling",
    "missing": "add this key",
    "string_too_short": "write some text here",
    "string_pattern_mismatch": "use small Latin letters, digits and _ , starting with a letter",
}


def load_codebook(path: str | Path | None = None) -> Codebook:
    """Load a codebook from a YAML file, the shipped one where no path is given.

    Raises CodebookError, naming file, line and cure, for YAML mistakes, unknown or duplicate keys and ids, and empty definitions.
    """
    file = Path(path) if path is not None else resource("corpus", "codebook.yaml")
    try:
        source = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CodebookError(f"{file}: cannot be read ({error}); give a UTF-8 YAML file") from error
    return parse_codebook(source, str(file))


def parse_codebook(source: str, name: str = "codebook") -> Codebook:
    """Check a codebook given as YAML text; `name` stands in error messages."""
    if len(source) > LONGEST:
        raise CodebookError(f"{name}: {len(source):,} characters, more than the {LONGEST:,} of a codebook; shorten it")
    try:
        tree = yaml.load(source, Loader=_UniqueKeys)
    # An escape beyond Unicode comes as an error of Python's own.
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise CodebookError(f"{name}: {_yaml_mistake(error)}") from error
    if not isinstance(tree, dict):
        raise CodebookError(f"{name}: line 1: not a codebook; it needs the keys version, roles, themes")
    try:
        return Codebook.model_validate(tree)
    except ValidationError as error:
        lines, root = [], yaml.compose(source, Loader=yaml.SafeLoader)
        for e in error.errors()[:_TOLD]:
            where = ".".join(str(w) for w in e["loc"])
            at = _line(root, e["loc"])
            cure = _CURES.get(e["type"], "")
            lines.append(f"{name}: line {at}: {where}: {e['msg']}" + (f"; {cure}" if cure else ""))
        if (more := error.error_count() - _TOLD) > 0:
            lines.append(f"{name}: and {more} further mistakes")
        raise CodebookError("\n".join(lines)) from error
