"""The query that takes JSON rows apart: every document is parsed once for all its texts, and once for all its objects.

Writing JSON costs more than reading it, so a row is written anew only where it says something that nobody claims.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from journey_analytics.warehouse.connection import quoted
from journey_analytics.warehouse.json_paths import Path, json_pointer, patch_without


class FieldQuery:
    """SQL over a view of JSON rows, and what it wants as parameters.

    The view ``json_rows`` has a column ``row``, and a column ``instead_0`` and so on for each key whose place it takes.

    Attributes:
        sql: One column per field, and ``properties`` where ``drop`` is given.
        parameters: Its parameters.
    """

    def __init__(
        self,
        fields: Mapping[str, Path],
        drop: Sequence[Path] | None,
        flatten: Sequence[Path],
        nested: Collection[str],
        opened: Sequence[str],
    ) -> None:
        """The arguments are those of ``read_fields``; ``opened`` are the keys whose place a column takes."""
        self.parameters: dict[str, object] = {}
        self._opened = list(opened)
        said: list[str] = []
        plain = [path for name, path in fields.items() if name not in nested]
        texts = self._found("json_extract_string", "texts", plain, said)
        whole = [*(fields[name] for name in nested), *(flatten if drop is not None else ())]
        objects = self._found("json_extract", "objects", whole, said)
        columns = [
            f"nullif(nullif({objects[path]}, '\"\"'), 'null') as {quoted(name)}"
            if name in nested
            else f"nullif({texts[path]}, '') as {quoted(name)}"
            for name, path in fields.items()
        ]
        source = f"select {', '.join(['*', *said])} from json_rows"
        if drop is not None:
            removed = [*fields.values(), *drop]
            source = f"select *, {self._rest([*removed, *flatten])} as properties from ({source})"
            for number, path in enumerate(flatten):
                inside = [below[len(path) :] for below in removed if below[: len(path)] == path and below != path]
                entries = self._with_entries(number, objects[path], inside)
                source = f"select * replace ({entries} as properties) from ({source})"
            columns.append("properties")
        self.sql = f"select {', '.join(columns)} from ({source})"

    def _parameter(self, name: str, value: object) -> str:
        self.parameters[name] = value
        return f"${name}"

    def _found(self, function: str, kind: str, paths: Sequence[Path], said: list[str]) -> dict[Path, str]:
        """SQL of the value at each path; what must be read for it goes to ``said``."""
        found: dict[Path, str] = {}
        for place in range(-1, len(self._opened)):
            below = [path for path in dict.fromkeys(paths) if self._place_of(path) == place]
            if not below:
                continue
            name = f"{kind}_{place + 1}"
            pointers = self._parameter(name, [json_pointer(path) for path in below])
            said.append(f"{function}({self._document(place)}, {pointers})::varchar[] as {name}")
            found |= {path: f"{name}[{index}]" for index, path in enumerate(below, start=1)}
        return found

    def _place_of(self, path: Path) -> int:
        """Which of the columns that take a key's place has the path; -1 for the row itself."""
        return self._opened.index(path[0]) if path[0] in self._opened else -1

    def _document(self, place: int) -> str:
        """SQL of the document that holds a column's texts: small where the column takes the place of a key."""
        if place < 0:
            return "row"
        return f"coalesce({self._member(place)} || instead_{place} || '}}', row)"

    def _member(self, place: int) -> str:
        return self._parameter(f"member_{place}", f"{{{json.dumps(self._opened[place])}:")

    def _rest(self, paths: Sequence[Path]) -> str:
        """SQL of what a row says beside these paths; most rows say nothing else.

        What is no object is not touched below its top, nor is anything below a place in a list: a patch would replace
        the list.
        """
        paths = [path for path in paths if not any(key.isdecimal() for key in path[1:])]
        whole = dict.fromkeys(path[0] for path in paths if len(path) == 1)
        below: dict[str, list[Path]] = {}
        for path in paths:
            if path[0] not in whole:
                below.setdefault(path[0], []).append(path)
        known = list(dict.fromkeys([*whole, *self._opened]))
        patches = [self._parameter("without", patch_without([(key,) for key in known]))]
        members: list[str] = []
        for place, key in enumerate(self._opened):
            if key not in whole:
                text = f"coalesce(instead_{place}, json_extract(row, {self._pointer(key)})::varchar, 'null')"
                members.append(f"{self._member(place)} || {text} || '}}'")
                members += self._patch(f"left({text}, 1) = '{{'", below.pop(key, []))
        for key, nested in below.items():
            patches += self._patch(f"json_type(row, {self._pointer(key)}) = 'OBJECT'", nested)
        rest = f"""case when list_has_all({self._parameter("known", known)}, json_keys(row)) then '{{}}'
            else json_merge_patch(row, {", ".join(patches)})::varchar end"""
        return f"json_merge_patch({rest}, {', '.join(members)})::varchar" if members else rest

    def _pointer(self, key: str) -> str:
        return self._parameter(f"at_{len(self.parameters)}", json_pointer((key,)))

    def _patch(self, is_object: str, paths: Sequence[Path]) -> list[str]:
        """SQL of a patch that removes paths below a key, where an object stands there."""
        if not paths:
            return []
        without = self._parameter(f"without_{len(self.parameters)}", patch_without(paths))
        return [f"case when {is_object} then {without} else '{{}}' end"]

    def _with_entries(self, number: int, found: str, inside: Sequence[Path]) -> str:
        """SQL of the properties with the entries of an object beside them."""
        without = self._parameter(f"inside_{number}", patch_without(inside)) if inside else ""
        entries = f"json_merge_patch({found}, {without})" if inside else found
        return f"""case when left({found}, 1) = '{{'
            then json_merge_patch(properties, {entries})::varchar else properties end"""
