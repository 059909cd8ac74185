"""What a training may tell the server that runs it. Outside of a server nothing happens.

    from deepaas_run import current_run

    def train(epochs):
        run = current_run()
        for epoch in range(epochs):
            run.report(step=epoch + 1, total=epochs, loss=...)
"""
import threading

__all__ = ["Checkpoint", "Run", "current_run"]


class Checkpoint:
    """`data` is what was given to `checkpoint`; `file` is the path of its file, or None."""

    def __init__(self, step, data=None, file=None):
        self.step = step
        self.data = data
        self.file = file


class Run:
    """A training. This class is for code outside of a server: its methods do nothing."""

    run_id = None
    #: The number of the attempt, from 1.
    attempt = 1
    #: The Checkpoint of an earlier attempt, or None: begin at the start. A model that uses it states `resume = "auto"`.
    resume_from = None

    @property
    def stopping(self):
        """True once the training was cancelled, or the server shuts down."""
        return False

    def report(self, step=None, total=None, message=None, **metrics):
        """Live to every watcher of the run. Returns at once and never raises."""

    def log(self, text, level="info"):
        """A line in the run's log. `level`: debug, info, warning or error."""

    def checkpoint(self, step, data=None, file=None):
        """Kept when it returns: the next attempt gets the last one as `resume_from`. `file`: a path, bytes or an open file."""

    def artifact(self, name, file, content_type=None):
        """A file of the run. The same name replaces it."""

    def publish(self, file, promote=None):
        """Weights that become the next version of the model when the run has succeeded; only the last ones do."""


_outside = Run()
_runs = {}


def current_run():
    """Returns the run of this thread, or the only one that there is."""
    run = _runs.get(threading.get_ident())
    if run is None and len(_runs) == 1:
        (run,) = _runs.values()
    return run or _outside


def _enter(run):
    _runs[threading.get_ident()] = run


def _leave():
    _runs.pop(threading.get_ident(), None)
