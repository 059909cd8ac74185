import os
import time

from marshmallow import fields as schema_fields
from webargs import fields, validate

schema = {
    "text": schema_fields.Str(required=True),
    "n": schema_fields.Int(required=True),
    "flag": schema_fields.Bool(required=True),
    "size": schema_fields.Int(required=True),
}


def get_metadata():
    return {"name": "echo"}


def get_predict_args():
    return {
        "text": fields.Str(load_default="", validate=validate.Length(max=200)),
        "n": fields.Int(load_default=3, validate=validate.Range(1, 10)),
        "flag": fields.Bool(load_default=False),
        "ms": fields.Float(load_default=0, validate=validate.Range(0, 10_000)),
        "file": fields.Field(load_default=None, metadata={"type": "file", "location": "form"}),
    }


def predict(text, n, flag, ms, file):
    end = time.thread_time() + ms / 1000
    while ms > 0 and time.thread_time() < end:
        pass
    size = os.path.getsize(file.filename) if file else 0
    return {"text": text, "n": n, "flag": flag, "size": size}
