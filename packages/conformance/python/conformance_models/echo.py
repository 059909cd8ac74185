"""Returns its arguments, in `predict` and `train`."""

FILE = {"type": "string", "format": "binary"}
INNER = {"type": "object", "properties": {"on": {"type": "boolean", "default": True}}}
FIELDS = {
    "text": {"type": "string", "minLength": 1, "maxLength": 200, "description": "is returned"},
    "count": {"type": "integer", "minimum": 1, "maximum": 10, "default": 3},
    "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}, "maxItems": 5, "default": []},
    "nested": {"type": "object", "properties": {"inner": INNER}, "required": False},
    "dictionary": {"type": "object", "additionalProperties": {"type": "number"}, "required": False},
    "file": {**FILE, "required": False},
    "files": {"type": "array", "items": FILE, "required": False},
}


class Model:
    def get_metadata(self):
        return {"name": "Echo", "description": "Returns its arguments.", "author": "DEEPaaS", "license": "Apache-2.0"}

    def get_predict_args(self):
        return FIELDS

    def get_train_args(self):
        return FIELDS

    def predict(self, **args):
        return {name: described(value) for name, value in args.items()}

    def train(self, **args):
        return self.predict(**args)


def described(value):
    if isinstance(value, list):
        return [described(item) for item in value]
    if not hasattr(value, "original_filename"):
        return value
    with open(value.filename, encoding="utf-8") as file:
        text = file.read()
    return {"contentType": value.content_type, "originalFilename": value.original_filename, "text": text}
