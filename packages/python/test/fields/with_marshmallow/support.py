"""What the tests of marshmallow fields share."""

import inspect

import marshmallow
from marshmallow import fields as marshmallow_fields

from deepaas_worker.fields import InvalidArgs, declared_fields, load_args

#: Bare keywords of a field and `missing=` are gone in marshmallow 4.
HAS_OLD_KEYWORDS = "missing" in inspect.signature(marshmallow_fields.Field.__init__).parameters
HAS_ENUM = hasattr(marshmallow_fields, "Enum")


class Open(marshmallow.Schema):
    class Meta:
        unknown = marshmallow.EXCLUDE

    size = marshmallow_fields.Int(load_default=3)


def declared(field):
    return declared_fields({"field": field})["field"]


def loaded(field, *value):
    """The value that the model receives; without `value`, that of an argument that was left out."""
    return load_args({"field": field}, {"field": value[0]} if value else {})["field"]


def issues_of(source, values):
    """(pointer, message) of each issue."""
    try:
        load_args(source, values)
    except InvalidArgs as error:
        return [(issue["pointer"], issue["message"]) for issue in error.issues]
    raise AssertionError("the values were taken")
