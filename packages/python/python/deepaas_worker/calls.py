"""The calls that the worker answers, each as an object that a thread runs."""
from deepaas_worker.files import ReceivedFiles
from deepaas_worker.interrupts import interrupts

HELD, BEGUN, RUNNING, ENDED = range(4)


class Call:
    """A call in flight. `kind`: the type of its message."""

    def __init__(self, frame):
        message = frame.message
        self.frame = frame
        self.message = message
        self.id = message["id"]
        self.kind = message["type"]
        self.model = message["model"]
        self.abort_error = None
        self.state = HELD
        self.thread = None

    def about(self):
        """For log lines."""
        return {name: self.message[name] for name in ("model", "requestId", "runId") if name in self.message}

    def abort(self, error):
        """Called by the thread that reads; `state` is RUNNING."""
        if self.abort_error is None:
            self.abort_error = error
            interrupts.interrupt(self, self.thread)

    def aborted_outcome(self):
        return {"ok": False, "error": self.abort_error}

    def files(self, folder):
        return ReceivedFiles(self.frame, folder)


class Stream(Call):
    """An open stream: each `next` takes an item of its iterator."""

    def __init__(self, frame):
        super().__init__(frame)
        self.items = None
        self.received = None
        #: The caller reads no further item.
        self.returned = False


class NextItem:
    """Takes the next item of a stream, or ends it."""

    kind = "next"

    def __init__(self, stream):
        self.stream = stream
        self.state = HELD


class Command:
    """What a lane holds beside calls."""

    def __init__(self, kind):
        self.kind = kind
        self.state = HELD
