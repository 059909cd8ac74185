"""What the metadata of a field says for documents and for the REST adapter."""

from __future__ import annotations

from typing import List, Mapping, Optional

from deepaas_worker.fields.json_form import Json, Schema, plain

_LOCATIONS = {
    "query": "query",
    "querystring": "querystring",
    "form": "form",
    "files": "form",
    "json": "json",
    "headers": "headers",
    "cookies": "cookies",
}
#: Besides `x_…`: keywords that the check does not read.
_SHOWN = ("example", "deprecated", "readOnly")


def annotations_of(metadata: Mapping[str, object], schema: Schema) -> Schema:
    """
    The annotations that metadata has. With keywords that would be rules, such as `minLength`, it only documents. Bare keywords
    of a field (`description="…"`) are in its metadata as well.
    """
    notes: Schema = {}
    for name in ("title", "description"):
        if metadata.get(name) is not None:
            notes[name] = str(metadata[name])
    location = _LOCATIONS.get(str(metadata.get("location")))
    if location is not None:
        notes["location"] = location
    if metadata.get("format") == "password" and schema.get("type") == "string":
        notes.update({"format": "password", "writeOnly": True})
    examples = metadata.get("examples")
    if isinstance(examples, (list, tuple)):
        _put(notes, "examples", examples)
    for name, value in metadata.items():
        if isinstance(name, str) and (name in _SHOWN or name.startswith(("x_", "x-"))):
            _put(notes, name, value)
    for name in ("deprecated", "readOnly"):
        if not isinstance(notes.get(name, True), bool):
            del notes[name]
    return notes


def metadata_choices(metadata: Mapping[str, object]) -> Optional[List[Json]]:
    choices = metadata.get("enum")
    if not isinstance(choices, (list, tuple)) or not choices:
        return None
    try:
        return [plain(choice) for choice in choices]
    except ValueError:
        return None


def _put(notes: Schema, name: str, value: object) -> None:
    try:
        notes[name] = plain(value)
    except ValueError:
        # Documents show JSON only.
        pass
