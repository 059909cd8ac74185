"""As size.ts: reads a file and returns its size."""


def get_predict_args():
    return {"file": {"type": "string", "format": "binary"}}


def predict(file):
    with open(file.filename, "rb") as opened:
        return {"size": len(opened.read())}
