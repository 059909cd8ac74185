"""A model as those of AI4OS are written. `deepaas-ui-model.ts` is the same one in TypeScript."""
import base64
import json
from functools import wraps

from aiohttp.web import HTTPBadRequest
from webargs import fields, validate


def _catch_error(f):
    @wraps(f)
    def wrap(*args, **kwargs):
        try:
            return f(*args, **kwargs)
        except Exception as e:
            # The annotation of aiohttp says str; its later versions insist on it.
            raise HTTPBadRequest(reason=e)

    return wrap


def get_metadata():
    return {"name": "Pictures", "author": ["A", "B"], "description": "Looks.\n  Twice.", "summary": "Looks at pictures."}


def get_predict_args():
    return {
        "text": fields.Str(required=False, load_default="some", description="is returned"),
        "choice": fields.Str(required=False, load_default="two", enum=["one", "two"]),
        "count": fields.Int(required=False, load_default=1),
        "range": fields.Int(required=False, load_default=50, validate=[validate.Range(min=1, max=100)]),
        "ratio": fields.Float(required=False, load_default=0.1),
        "on": fields.Bool(required=False, load_default=True),
        "dict": fields.Str(required=False, load_default='{"a": 0}'),
        "list": fields.List(fields.Float(), required=False, load_default=[0.1, 0.2]),
        "anything": fields.Field(required=False, load_default=None),
        "image": fields.Field(required=True, type="file", location="form", description="an image"),
        "audio": fields.Field(required=False, type="file", location="form", description="audio"),
        "accept": fields.Str(location="headers", validate=validate.OneOf(["application/json", "image/png"])),
    }


schema = {
    "text": fields.Str(),
    "choice": fields.Str(),
    "count": fields.Int(),
    "range": fields.Int(),
    "ratio": fields.Float(),
    "on": fields.Bool(),
    "dict": fields.Dict(),
    "list": fields.List(fields.Float()),
    "anything": fields.Field(),
    "image": fields.Str(description="image"),
    "name": fields.Str(),
    "labels": fields.List(fields.Str()),
    "probabilities": fields.List(fields.Float()),
}


@_catch_error
def predict(image, accept="application/json", audio=None, **kwargs):
    with open(image.filename, "rb") as file:
        content = file.read()
    if accept == "image/png":
        return content
    kwargs["dict"] = json.loads(kwargs["dict"])
    kwargs["image"] = base64.b64encode(content).decode("utf-8")
    kwargs["name"] = f"{image.original_filename} {image.content_type} {audio and audio.content_type}"
    return {**kwargs, "labels": ["cat", "dog"], "probabilities": [0.75, 0.25]}
