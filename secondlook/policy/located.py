"""YAML whose every value knows its line, for the loader of rule sets. It answers values of the kind asked for or raises
`RuleSetError` with file and line. It must never read anything but the text it is given.
"""

from datetime import date, datetime

import yaml


class RuleSetError(Exception):
    """A rule set that cannot be used. `file` and `line` (from 1; None where there is no one line) say where."""

    def __init__(self, file: str, line: int | None, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


class Located:
    """A YAML value with the file and line it stands on."""

    __slots__ = ("_node", "file")

    def __init__(self, file: str, node: yaml.Node) -> None:
        self.file = file
        self._node = node

    @property
    def line(self) -> int:
        return int(self._node.start_mark.line) + 1

    def error(self, problem: str) -> RuleSetError:
        return RuleSetError(self.file, self.line, problem)

    def mapping(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, "Located"]:
        """The entries of a mapping that holds every required key and none but the named ones."""
        entries = self.entries((*required, *optional))
        for key in required:
            if key not in entries:
                raise self.error(f"missing {key!r}")
        return entries

    def entries(self, known: tuple[str, ...] | None = None) -> dict[str, "Located"]:
        """The entries of a mapping, each key once and among the `known` ones (None: any)."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error("expected a mapping")
        entries: dict[str, Located] = {}
        for key, value in self._node.value:
            name = Located(self.file, key).text()
            if name in entries:
                raise Located(self.file, key).error(f"{name!r} is given twice")
            if known is not None and name not in known:
                raise Located(self.file, key).error(f"unknown key {name!r}; known here: {', '.join(known)}")
            entries[name] = Located(self.file, value)
        return entries

    def items(self) -> list["Located"]:
        """The elements of a list that is not empty."""
        if not isinstance(self._node, yaml.SequenceNode) or not self._node.value:
            raise self.error("expected a list that is not empty")
        return [Located(self.file, node) for node in self._node.value]

    def is_list(self) -> bool:
        return isinstance(self._node, yaml.SequenceNode)

    def is_mapping(self) -> bool:
        return isinstance(self._node, yaml.MappingNode)

    def text(self) -> str:
        """Text that is not empty. A number, date or flag counts only if it is quoted."""
        value = self._scalar()
        if not isinstance(value, str) or not value.strip():
            raise self.error("expected text")
        return value

    def flag(self) -> bool:
        value = self._scalar()
        if not isinstance(value, bool):
            raise self.error("expected true or false")
        return value

    def day(self) -> date:
        value = self._scalar()
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error("expected a date (2011-11-17)")
        return value

    def scalar(self) -> str | int | bool | date:
        """A single value as YAML reads it."""
        value = self._scalar()
        if isinstance(value, str | int | date) and not isinstance(value, datetime):
            return value
        raise self.error("expected text, a whole number, a date or true/false")

    def plain(self) -> object:
        """The value without its place, for the digest."""
        return _construct(self._node)

    def written(self) -> str:
        """The value on one line, whatever its layout."""
        return yaml.safe_dump(self.plain(), default_flow_style=True, sort_keys=False, width=100_000).strip()

    def _scalar(self) -> object:
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error("expected a single value")
        try:
            return _construct(self._node)
        except ValueError as error:
            raise self.error("not a readable value") from error


def read_located(file: str, text: str) -> Located:
    """The document in `text`. Raises RuleSetError where it is no YAML or empty."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise RuleSetError(file, line, f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise RuleSetError(file, None, "not YAML: it holds characters that YAML does not allow") from error
    if node is None:
        raise RuleSetError(file, None, "the file is empty")
    return Located(file, node)


def _construct(node: yaml.Node) -> object:
    loader = yaml.SafeLoader("")
    try:
        constructed: object = loader.construct_document(node)
        return constructed
    finally:
        loader.dispose()
