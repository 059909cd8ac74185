"""A training: what the model tells with `deepaas_run` is sent to the server."""
import math
import mimetypes
import threading

import deepaas_run

from deepaas_worker.errors import Refused
from deepaas_worker.files import GivenFile, given_file, remove
from deepaas_worker.pipes import encode_frame, is_worker, send, write_frame
from deepaas_worker.values import NotJson, to_json

LEVELS = ("debug", "info", "warning", "error")


class WorkerRun(deepaas_run.Run):
    def __init__(self, call, folder):
        message = call.message
        self.run_id = message["runId"]
        self.attempt = message["attempt"]
        given = message.get("resumeFrom")
        if given is not None:
            file = given.get("file")
            self.resume_from = deepaas_run.Checkpoint(given["step"], given.get("data"), file and file.filename)
        self._call = call
        self._folder = folder
        self._saves = 0
        self._saving = threading.Lock()
        self._answers = {}

    @property
    def stopping(self):
        return self._call.abort_error is not None

    def report(self, step=None, total=None, message=None, **metrics):
        self.report_metrics(metrics, step=step, total=total, message=message)

    def report_metrics(self, metrics, step=None, total=None, message=None):
        """As `report`, for names of metrics that are no names of arguments."""
        progress = {"type": "progress"}
        for name, value in (("step", step), ("total", total)):
            number = _number(value)
            if number is not None and math.isfinite(number):
                progress[name] = int(number)
        measured = {name: _metric(value) for name, value in metrics.items()}
        measured = {name: value for name, value in measured.items() if value is not None}
        if measured:
            progress["metrics"] = measured
        if message is not None:
            progress["message"] = str(message)
        if len(progress) > 1 and is_worker():
            send({"type": "report", "id": self._call.id, "progress": progress})

    def log(self, text, level="info"):
        if is_worker():
            send({"type": "log", "id": self._call.id, "text": str(text), "level": level if level in LEVELS else "info"})

    def checkpoint(self, step, data=None, file=None):
        request = {"what": "checkpoint", "step": int(step)}
        if data is not None:
            request["data"] = _data(data)
        self._save(request, file)

    def artifact(self, name, file, content_type=None):
        self._save({"what": "artifact", "name": str(name)}, file, content_type or mimetypes.guess_type(str(name))[0])

    def publish(self, file, promote=None):
        self._save({"what": "publish", "options": {} if promote is None else {"promote": promote}}, file)

    def on_saved(self, message):
        """Called by the thread that reads."""
        answer = self._answers.pop(message["n"], None)
        if answer is not None:
            answer.error = message.get("error")
            answer.set()

    def _save(self, request, file, content_type=None):
        if not is_worker():
            return
        with self._saving:
            self._saves += 1
            message = {"type": "save", "id": self._call.id, "n": self._saves, **request}
            attached = b""
            written = None
            if file is not None:
                given = _file(file, content_type)
                entry, attached = given.entry("/file", self._folder, copy=False)
                if entry.get("path") not in (None, given.path and _absolute(given.path)):
                    written = entry["path"]
                message["file"] = None
                message["files"] = [entry]
            answer = _Answer()
            self._answers[self._saves] = answer
            try:
                write_frame(encode_frame(message, (attached,)))
                answer.wait()
            finally:
                if written is not None:
                    remove(written)
        if answer.error is not None:
            data = dict(answer.error)
            raise Refused(data.pop("code"), data.pop("message"), **data)


class _Answer(threading.Event):
    error = None


def _absolute(path):
    import os

    return os.path.abspath(path)


def _file(file, content_type):
    if isinstance(file, str):
        return GivenFile(path=file, content_type=content_type or mimetypes.guess_type(file)[0])
    found = given_file(file, content_type)
    if found is None:
        raise TypeError(f"A file must be a path, bytes or an open file, not {type(file).__name__}.")
    return found


def _data(data):
    try:
        return to_json(data)
    except NotJson as error:
        raise ValueError(f"The data of a checkpoint has no JSON form at {error.pointer or '/'}: {error}") from error


def _number(value):
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _metric(value):
    number = _number(value)
    if number is None or math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
