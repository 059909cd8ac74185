"""Answers what it is told to."""
import io
import os
import pathlib
import signal
import sys
import tempfile
import threading
import time

resume = "auto"
shipped_metrics = {"accuracy": 0.5}
loaded = "shipped"


def get_metadata():
    return {"name": "echo", "author": ("A", "B")}


def get_predict_args():
    return {
        "do": {"type": "string", "default": "echo"},
        "accept": {"type": "string", "default": "application/json"},
        "file": {"type": "string", "format": "binary", "required": False},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}, "required": False},
        "note": {"type": "string", "required": False},
    }


def get_train_args():
    return {"do": {"type": "string", "default": "report"}, "note": {"type": "string", "required": False}}


def warm(published=None):
    reload(published)


def reload(published):
    global loaded
    text = "shipped" if published is None else pathlib.Path(published).read_text()
    if text == "broken":
        raise ValueError("the file has no weights")
    loaded = text


def described(file):
    with open(file.filename, "rb") as opened:
        content = opened.read()
    about = {"name": file.name, "content_type": file.content_type, "original_filename": file.original_filename}
    return {**about, "size": len(content), "head": content[:4].decode(), "class": type(file).__name__}


class Float32:
    """As a scalar of numpy."""

    dtype = "float32"

    def tolist(self):
        return 0.5


def mark(path):
    with open(path, "w") as file:
        file.write(str(os.getpid()))


def predict(**args):
    do = args["do"]
    if do == "loaded":
        return loaded
    if do == "described":
        return [described(file) for file in [args.get("file"), *args.get("files", [])] if file is not None]
    if do == "values":
        return {1: (Float32(), [None, True]), None: pathlib.Path("/a"), "é": "\ud83d", "set": {1}}
    if do == "nan":
        return {"a": [1, float("nan")]}
    if do == "complex":
        return {"a/b": 1j}
    if do == "bytes":
        return b"\x00\x01"
    if do == "large":
        return b"x" * 100_000
    if do in ("bytesio", "named"):
        file = io.BytesIO()
        file.write(b"written")
        if do == "named":
            file.name = "/a/result.bin"
        return file
    if do == "open":
        file = tempfile.NamedTemporaryFile(suffix=".csv", mode="w+")
        file.write("a,b\n")
        return file
    if do == "path":
        return pathlib.Path(__file__)
    if do == "missing":
        return pathlib.Path("/nowhere/result.png")
    if do == "generator":
        return (i for i in range(3))
    if do == "text":
        return "é"
    if do == "raise":
        raise ValueError("boom")
    if do == "http":
        raise HTTPConflict()
    if do == "exit":
        sys.exit(3)
    if do == "interrupt":
        raise KeyboardInterrupt
    if do == "unreadable":
        raise Unreadable()
    if do == "sleep":
        mark(args["note"])
        time.sleep(600)
    if do == "spin":
        mark(args["note"])
        while True:
            pass
    if do == "signal":
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        return "alive"
    if do == "thread":
        return threading.current_thread() is threading.main_thread()
    return sorted(args)


def predict_batch(args_list):
    return [ValueError("alone") if args["do"] == "raise" else predict(**args) for args in args_list]


def predict_stream(**args):
    for i in range(3):
        yield {"i": i}
        if args["do"] == "raise":
            raise ValueError("boom")
        if args["do"] == "sleep":
            mark(args["note"])
            time.sleep(600)


def train(do, note=None):
    from deepaas_run import current_run

    run = current_run()
    if do == "report":
        print("printed")
        start = run.resume_from.data["epoch"] if run.resume_from else 0
        run.report(step=start + 1, total=2, loss=float("nan"), accuracy=Float32().tolist(), text="no number")
        run.log("a line", "warning")
        return {"start": start, "loss": float("inf")}
    if do == "save":
        run.checkpoint(step=3, data={"epoch": 3}, file=b"weights")
        run.artifact("plot.png", b"\x89PNG")
        run.publish(__file__)
        return run.run_id
    if do == "wait":
        mark(note)
        time.sleep(600)
    if do == "loop":
        run.log("begun")
        while True:
            run.report(step=1, loss=0.5)
    if do == "stop":
        mark(note)
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            return f"stopped: {run.stopping}"
    if do == "exit":
        sys.exit("no data")
    raise ValueError(f"no data in {__file__}")


def close():
    print("closed")


class HTTPException(Exception):
    """As that of aiohttp."""

    status = 500
    reason = "Error"

    @property
    def text(self):
        return f"{self.status}: {self.reason}"


class HTTPConflict(HTTPException):
    status = 409
    reason = "no such label"


class Unreadable(Exception):
    def __str__(self):
        raise RuntimeError("no text")
