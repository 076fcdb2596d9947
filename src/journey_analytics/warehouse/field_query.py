"""The query that takes JSON rows apart: every row is parsed once, and an object that is wanted whole once more.

Writing JSON costs more than reading it, so a row is written anew only where it says something that nobody claims.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from journey_analytics.warehouse.connection import quoted
from journey_analytics.warehouse.json_paths import Path, json_pointer, patch_without
from journey_analytics.warehouse.parsed_json import ParsedJson


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
        keys: Collection[str] | None = None,
    ) -> None:
        """The arguments are those of ``read_fields``; ``opened`` are the keys whose place a column takes."""
        values = ParsedJson()
        self.parameters: dict[str, object] = values.parameters
        self._opened = list(opened)
        texts = [path for name, path in fields.items() if name not in nested]
        whole = [*(fields[name] for name in nested), *(flatten if drop is not None else ())]
        source = f"(select *{''.join(map(self._instead, range(len(opened))))} from json_rows)"
        for document, base in [("row", ()), *((f"value_{place}", (key,)) for place, key in enumerate(opened))]:
            of_document = [[path for path in paths if self._base_of(path) == base] for paths in (texts, whole)]
            values.read(document, of_document[0], [path for path in of_document[1] if path != base], base)
        values.whole |= {(key,): f"value_{place}" for place, key in enumerate(opened)}
        columns = [
            f"nullif(nullif({values.whole[path]}, '\"\"'), 'null') as {quoted(name)}"
            if name in nested
            else f"nullif({values.texts[path]}, '') as {quoted(name)}"
            for name, path in fields.items()
        ]
        source = values.selected_from(source)
        if drop is not None:
            removed = [*fields.values(), *drop]
            parts = [f"{self._rest([*removed, *flatten], keys)} as rest"]
            parts += [f"{self._member(place, [*removed, *flatten])} as member_{place}" for place in range(len(opened))]
            parts += [
                f"{self._entries(values.whole[path], path, removed)} as entries_{place}"
                for place, path in enumerate(flatten)
            ]
            source = f"(select *, {', '.join(parts)} from {source})"
            columns.append(f"{self._joined(len(flatten))} as properties")
        self.sql = f"select {', '.join(columns)} from {source}"

    def _parameter(self, value: object) -> str:
        name = f"parameter_{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _base_of(self, path: Path) -> Path:
        """Where the document stands that holds a path: the row, or what takes the place of a key."""
        return path[:1] if path[0] in self._opened else ()

    def _instead(self, place: int) -> str:
        """SQL of the column with what stands under a key: what takes its place, else what the row says."""
        pointer = self._parameter(json_pointer((self._opened[place],)))
        return f", coalesce(instead_{place}, json_extract(row, {pointer})::varchar) as value_{place}"

    def _rest(self, paths: Sequence[Path], keys: Collection[str] | None) -> str:
        """SQL of what a row says beside these paths and what is opened; most rows say nothing else.

        What is no object is not touched below its top, nor is anything below a place in a list: a patch would replace
        the list.
        """
        paths = [path for path in paths if not any(key.isdecimal() for key in path[1:])]
        known = list(dict.fromkeys([*(path[0] for path in paths if len(path) == 1), *self._opened]))
        if keys is not None and set(keys) <= set(known):
            return "'{}'"
        below: dict[str, list[Path]] = {}
        for path in paths:
            if path[0] not in known:
                below.setdefault(path[0], []).append(path)
        patches = [self._parameter(patch_without([(key,) for key in known]))]
        for key, nested in below.items():
            is_object = f"json_type(row, {self._parameter(json_pointer((key,)))}) = 'OBJECT'"
            patches.append(f"case when {is_object} then {self._parameter(patch_without(nested))} else '{{}}' end")
        return f"""case when list_has_all({self._parameter(known)}::varchar[], json_keys(row)) then '{{}}'
            else json_merge_patch(row, {", ".join(patches)})::varchar end"""

    def _member(self, place: int, removed: Sequence[Path]) -> str:
        """SQL of the member of ``properties`` that an opened key makes, without what is removed; null for none."""
        key = self._opened[place]
        if (key,) in removed:
            return "null"
        text = f"value_{place}"
        inside = [path[1:] for path in removed if path[0] == key]
        if inside:
            text = f"""case when left({text}, 1) = '{{'
                then json_merge_patch({text}, {self._parameter(patch_without(inside))})::varchar else {text} end"""
        return f"{self._parameter(json.dumps(key) + ':')} || nullif({text}, 'null')"

    def _entries(self, found: str, path: Path, removed: Sequence[Path]) -> str:
        """SQL of an object's entries without what is removed; null where no object stands."""
        inside = [below[len(path) :] for below in removed if below[: len(path)] == path and below != path]
        entries = f"json_merge_patch({found}, {self._parameter(patch_without(inside))})::varchar" if inside else found
        return f"case when left({found}, 1) = '{{' then {entries} end"

    def _joined(self, entries_count: int) -> str:
        """SQL of one object of the rest, the members, and the entries: written side by side, which costs least.

        Where a key may stand there twice, the later one wins.
        """
        members = [f"member_{place}" for place in range(len(self._opened))]
        entries = [f"coalesce(entries_{place}, '{{}}')" for place in range(entries_count)]
        inner = [f"nullif({text}[2:-2], '')" for text in ("rest", *entries)]
        joined = f"'{{' || concat_ws(',', {', '.join([inner[0], *members, *inner[1:]])}) || '}}'"
        if not entries:
            return joined if members else "rest"
        several = " + ".join(f"({text} <> '{{}}')::int" for text in ("rest", *entries))
        known = [self._parameter(json.dumps(key) + ":") for key in self._opened]
        twice = [f"{several} > 1", *(f"contains({text}, {key})" for text in entries for key in known)]
        patches = ", ".join([f"'{{' || concat_ws(',', {', '.join(members)}) || '}}'"] * bool(members) + entries)
        return f"case when {' or '.join(twice)} then json_merge_patch(rest, {patches})::varchar else {joined} end"
