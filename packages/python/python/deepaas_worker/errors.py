"""What a model raises, as the error that its caller gets."""
import importlib.metadata
import os
import re
import sys
import traceback

FAILED = "The model failed. See the server's log."

#: The code of each HTTP status that has one. Others of 4xx are `failed_precondition`, and of 5xx `internal`.
CODES = {
    400: "invalid_args",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    409: "already_exists",
    412: "failed_precondition",
    413: "too_large",
    416: "out_of_range",
    422: "invalid_args",
    429: "rate_limited",
    501: "not_implemented",
    503: "unavailable",
    504: "deadline_exceeded",
}


class Refused(Exception):
    """An error for the caller, as the data that is sent."""

    def __init__(self, code, message, **details):
        super().__init__(message)
        self.data = {"code": code, "message": message, **details}


def meant_error(error):
    """Returns the error that the model means for its caller, or None: an HTTP exception of any framework, or `Refused`."""
    if isinstance(error, Refused):
        return error.data
    status, text = _status_of(error), None
    if status is None:
        error, text = _refused_reason(error)
        status = _status_of(error)
    if status is None:
        return None
    code = CODES.get(status, "failed_precondition" if status < 500 else "internal")
    return {"code": code, "message": text or _text_of(error, status), "status": status}


def _refused_reason(error):
    """
    aiohttp >= 3.9 raises TypeError for a reason that is an exception, as `HTTPBadRequest(reason=error)` of the models of AI4OS has
    it, and ValueError for one of several lines. Returns the exception of aiohttp that the model wanted to raise, and its text.
    """
    for frame, _line in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__") == "aiohttp.web_exceptions" and frame.f_code.co_name == "__init__":
            reason = frame.f_locals.get("reason")
            return frame.f_locals.get("self"), None if reason is None else first_line(reason)
    return None, None


def _status_of(error):
    """`status` of aiohttp, `status_code` of Starlette and FastAPI, `code` of werkzeug."""
    if not isinstance(error, Exception):
        return None
    # Not the HTTPError of urllib or requests, which tells of another server.
    if not any(base.__name__ == "HTTPException" for base in type(error).__mro__):
        return None
    for name in ("status", "status_code", "code"):
        status = getattr(error, name, None)
        if type(status) is int and 400 <= status <= 599:
            return status
    return None


def _text_of(error, status):
    """aiohttp's own text is "status: reason"."""
    for name in ("detail", "description", "text", "reason"):
        text = getattr(error, name, None)
        if text is not None and text != f"{status}: {getattr(error, 'reason', '')}":
            return str(text).strip() or f"HTTP status {status}"
    return f"HTTP status {status}"


def first_line(error):
    """The first line of an error's message, or its name; never fails."""
    try:
        text = str(error).strip()
    except Exception:
        text = ""
    name = type(error).__name__
    if not text:
        return name
    return text.splitlines()[0]


def without_folders(text):
    return re.sub(r"(?<![\w:/])(?:/[^\s/'\"]+)+/(?=[^\s/'\"]+)", "", text)


def error_for_log(error):
    """The traceback without the frames of the worker above the model."""
    own = os.path.dirname(os.path.abspath(__file__))
    try:
        frames = traceback.extract_tb(error.__traceback__)
        while frames and frames[0].filename.startswith(own):
            del frames[0]
        tail = "".join(traceback.format_list(frames)) + "".join(traceback.format_exception_only(type(error), error))
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is not None:
            tail += f"Caused by: {''.join(traceback.format_exception(type(cause), cause, cause.__traceback__))}"
        message = first_line(error)
    except Exception:
        tail, message = "", "The exception cannot be read."
    return {"name": type(error).__name__, "message": message, "stack": f"Traceback (most recent call last):\n{tail}"}


def explain(error):
    """One line for an error of an import."""
    if isinstance(error, importlib.metadata.PackageNotFoundError):
        # A model that reads its own version while it is imported.
        return f"{error}: install it with pip install -e. The Python is {sys.executable}"
    if isinstance(error, ModuleNotFoundError):
        return f"{error}. The Python is {sys.executable}"
    return f"{type(error).__name__}: {first_line(error)}"
