"""A model with the fields of docs/fields.md, `f0`, `f1`, …: it returns what it receives, as Python writes it."""

import enum
import json
import os

import marshmallow
from marshmallow import validate
from webargs import fields


class Color(enum.Enum):
    red = "r"
    green = "g"


class Inner(marshmallow.Schema):
    a = fields.Int(required=True)


def get_predict_args():
    names = {"fields": fields, "validate": validate, "Color": Color, "Inner": Inner}
    args = {f"f{i}": eval(code, names) for i, code in enumerate(json.loads(os.environ["FIELDS"]))}
    # A function cannot be part of the JSON Schema.
    args["checked"] = fields.Str(validate=even_length)
    return args


def even_length(text):
    if len(text) % 2:
        raise marshmallow.ValidationError("The length is odd.")


def shown(value):
    if isinstance(value, list):
        return [shown(item) for item in value]
    return f"file of {value.content_type}" if hasattr(value, "original_filename") else repr(value)


def predict(**args):
    return {name: shown(value) for name, value in args.items()}
