"""The JSON form of the values that type hints speak of."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import os
import uuid

from deepaas_worker.fields.json_form import Json, plain


def plain_value(value: object) -> Json:
    """Raises ValueError for what has no JSON form."""
    if isinstance(value, enum.Enum):
        return member_form(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        return plain(float(value))
    if isinstance(value, (uuid.UUID, os.PathLike)):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain_value(getattr(value, one.name)) for one in dataclasses.fields(value) if one.init}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return plain({name: plain_value(member) for name, member in value.items()})
    return plain(value)


def member_form(member: enum.Enum) -> Json:
    """The value of a member if all values of the class are JSON scalars, otherwise its name."""
    values = [one.value for one in type(member)]
    if all(isinstance(value, (str, int, float)) for value in values):
        return plain(member.value)
    return member.name
