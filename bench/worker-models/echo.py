"""As echo.ts: returns its arguments."""


def get_predict_args():
    return {
        "text": {"type": "string", "required": False},
        "n": {"type": "integer", "required": False},
        "flag": {"type": "boolean", "required": False},
    }


def predict(**args):
    return args
