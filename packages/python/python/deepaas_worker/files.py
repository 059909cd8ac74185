"""Files of messages: those that arrive become `UploadedFile`s, those that a model gives are attached or sent by path."""
import collections
import io
import itertools
import mimetypes
import os
import shutil
import sys

from deepaas_worker.pipes import is_worker

#: Larger files are sent by path.
MAX_ATTACHED = 65_536
DEFAULT_TYPE = "application/octet-stream"

_UploadedFile = collections.namedtuple("UploadedFile", ("name", "filename", "content_type", "original_filename"))
_numbers = itertools.count(1)


def uploaded_file(name, path, entry):
    """The class of the original if the model has imported that, so that `isinstance` is right."""
    original = sys.modules.get("deepaas.model.v2.wrapper")
    make = getattr(original, "UploadedFile", None) or _UploadedFile
    return make(name, path, entry.get("contentType", DEFAULT_TYPE), entry.get("originalFilename", ""))


def new_path(folder):
    return os.path.join(folder, f"py-{os.getpid()}-{next(_numbers)}")


class ReceivedFiles:
    """Puts the files of a message in their places, and deletes at the end those that had to be written for it."""

    def __init__(self, frame, folder):
        self._written = []
        at = 0
        for entry in frame.message.pop("files", ()):
            path = entry.get("path")
            if path is None:
                content = frame.attached[at : at + entry["bytes"]]
                at += entry["bytes"]
                path = write_bytes(folder, content)
                self._written.append(path)
            put_at(frame.message, entry, path)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        # A process that the model has forked must not take them away from the worker.
        if self._written and is_worker():
            for path in self._written:
                remove(path)


def put_at(message, entry, path):
    *parents, last = [step.replace("~1", "/").replace("~0", "~") for step in entry["at"].split("/")[1:]]
    place = message
    for step in parents:
        place = place[int(step) if isinstance(place, list) else step]
    # An item of a list of files has the name of the list.
    name = parents[-1] if isinstance(place, list) else last
    place[int(last) if isinstance(place, list) else last] = uploaded_file(name, path, entry)


def write_bytes(folder, content):
    path = new_path(folder)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path


def remove(path):
    try:
        os.unlink(path)
    except OSError:
        # The model or the server has moved it.
        pass


class GivenFile:
    """A file that a model gives: its content, or the path of it."""

    def __init__(self, content=None, path=None, content_type=None, original_filename=None):
        self.content = content
        self.path = path
        self.content_type = content_type
        self.original_filename = original_filename

    def entry(self, at, folder, copy=True):
        """Returns its entry in the `files` of a message, and what is attached. `copy`: a large file is copied to the folder."""
        entry = {"at": at, "contentType": self.content_type or DEFAULT_TYPE}
        if self.original_filename:
            entry["originalFilename"] = self.original_filename
        content = self.content
        if content is None and os.path.getsize(self.path) <= MAX_ATTACHED:
            with open(self.path, "rb") as file:
                content = file.read()
        if content is None:
            path = os.path.abspath(self.path)
            if copy:
                path = shutil.copyfile(self.path, new_path(folder))
            return {**entry, "path": path, "size": os.path.getsize(path)}, b""
        if len(content) > MAX_ATTACHED:
            return {**entry, "path": write_bytes(folder, content), "size": len(content)}, b""
        return {**entry, "bytes": len(content)}, bytes(content)


def given_file(value, content_type=None):
    """
    Returns the file that a model's value is, or None if it is none: bytes, an open file, a path, or an object with a
    `filename` such as the original's `ReturnedFile`. `content_type`: the one that the caller asked for.
    """
    if isinstance(value, (bytes, bytearray)):
        return GivenFile(content=value, content_type=content_type)
    if isinstance(value, memoryview):
        return GivenFile(content=value.tobytes(), content_type=content_type)
    if isinstance(value, io.BytesIO):
        # A model may give it a name, as pillow asks for.
        name = getattr(value, "name", None)
        filename = os.path.basename(name) if isinstance(name, str) else None
        return GivenFile(content=value.getvalue(), content_type=content_type, original_filename=filename)
    if isinstance(value, io.StringIO):
        return GivenFile(content=value.getvalue().encode(), content_type=content_type or "text/plain")
    if isinstance(value, os.PathLike):
        return _file_at(os.fspath(value), content_type)
    if hasattr(value, "read") and hasattr(value, "close"):
        return _opened_file(value, content_type)
    filename = getattr(value, "filename", None)
    if isinstance(filename, str) and hasattr(value, "original_filename"):
        own = getattr(value, "content_type", None)
        found = _file_at(filename, content_type or own)
        found.original_filename = value.original_filename or None
        return found
    return None


def _opened_file(value, content_type):
    name = getattr(value, "name", None)
    if hasattr(value, "flush") and not value.closed:
        # What the model has written and not flushed.
        value.flush()
    if isinstance(name, str) and os.path.isfile(name):
        return _file_at(name, content_type)
    if value.closed:
        raise ValueError("The file that the model returned is closed.")
    if value.seekable():
        value.seek(0)
    content = value.read()
    if isinstance(content, str):
        return GivenFile(content=content.encode(), content_type=content_type or "text/plain")
    return GivenFile(content=content, content_type=content_type)


def _file_at(path, content_type):
    if not os.path.isfile(path):
        raise ValueError(f"The model returned the path of a file that does not exist: {os.path.basename(path)}")
    guessed = content_type or mimetypes.guess_type(path)[0]
    return GivenFile(path=path, content_type=guessed, original_filename=os.path.basename(path))
