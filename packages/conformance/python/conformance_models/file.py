"""Returns a file or text, in the requested media type."""
import io
import tempfile


class Model:
    def get_predict_args(self):
        return {
            "accept": {"enum": ["application/json", "text/plain", "image/png", "application/octet-stream"]},
            "as": {"enum": ["bytes", "blob", "stream", "file", "text", "json"], "default": "file"},
            "text": {"type": "string", "default": "content"},
        }

    def predict(self, text, **args):
        kind = args["as"]
        content = text.encode()
        if kind == "bytes":
            return content
        if kind == "blob":
            return memoryview(content)
        if kind == "stream":
            file = tempfile.TemporaryFile()
            file.write(content)
            return file
        if kind == "file":
            file = io.BytesIO(content)
            file.name = "answer.png"
            return file
        return text if kind == "text" else {"text": text}
