"""What the model prints."""
import os
import sys
import traceback


def flush_output():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # The model has closed or replaced it.
            pass


def leave_fork(error=None):
    """Ends a process that the model has forked and that came back from the model's code: only the worker answers."""
    code = 0
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        traceback.print_exception(type(error), error, error.__traceback__)
        code = 1
    flush_output()
    os._exit(code)
