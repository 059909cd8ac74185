"""
Converts the fields of docs/fields.md. Reads `{ "rows": [code, …], "values": [value, …] }` from stdin and writes, for each row,
`{ "declared", "loads", "leftOut" }`: its raw field, and what marshmallow says of each value and of none; or
`{ "missing": reason }` if this version does not have the field.
"""

import enum
import json
import sys
import warnings

import marshmallow
from marshmallow import validate
from webargs import fields

from deepaas_worker.fields import InvalidArgs, declared_fields, load_args

# Old keywords are among the rows.
warnings.simplefilter("ignore")


class Color(enum.Enum):
    red = "r"
    green = "g"


class Inner(marshmallow.Schema):
    a = fields.Int(required=True)


def converted(code, values):
    try:
        field = eval(code, {"fields": fields, "validate": validate, "Color": Color, "Inner": Inner})
    except (AttributeError, TypeError) as error:
        return {"missing": f"{type(error).__name__}: {error}"}
    source = {"field": field}
    ((name, declared),) = declared_fields(source).items()
    return {
        "name": name,
        "declared": declared,
        "loads": [loads(source, {name: value}) for value in values],
        "leftOut": loads(source, {}),
    }


def loads(source, values):
    """The value that the model receives, as text, or the first issue."""
    try:
        return {"taken": repr(load_args(source, values))}
    except InvalidArgs as error:
        return {"refused": error.issues[0]["message"]}


given = json.load(sys.stdin)
rows = [converted(code, given["values"]) for code in given["rows"]]
json.dump(rows, sys.stdout)
