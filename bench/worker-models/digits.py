"""As digits.ts: a no-op model with the arguments and the answer of a small classifier."""

ANSWER = {
    "status": "OK",
    "predictions": [
        {"label": "seven", "probability": 0.91},
        {"label": "one", "probability": 0.06},
        {"label": "four", "probability": 0.03},
    ],
}

PREDICTION = {
    "type": "object",
    "properties": {"label": {"type": "string"}, "probability": {"type": "number"}},
    "required": ["label", "probability"],
}
schema = {"status": {"type": "string"}, "predictions": {"type": "array", "items": PREDICTION}}


def get_predict_args():
    pixel = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "pixels": {"type": "array", "items": pixel, "minItems": 64, "maxItems": 64},
        "title": {"type": "string", "maxLength": 200},
        "top": {"type": "integer", "minimum": 1, "maximum": 10, "default": 3},
        "explain": {"type": "boolean", "default": False},
    }


def predict(**args):
    return ANSWER
