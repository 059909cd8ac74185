"""Stops the code of a model: with a KeyboardInterrupt in the main thread, and as well as possible in another one."""
# That of the module signal looks up an enumeration, which every call would have to wait for.
import _signal
import os
import signal
import threading


class CallAborted(KeyboardInterrupt):
    """The caller or the server wants the call to stop."""


RETRY_SECONDS = 0.05
#: A signal that is ignored would be ignored by the programs that a model starts, too; a handler in Python is not inherited.
IGNORED = (signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    def __init__(self):
        self._main = threading.main_thread().ident
        self._shields = 0
        self._handler = self._on_signal
        #: What the main thread runs, and whether it is to be interrupted in it. A signal from anyone else is ignored.
        self._running = None
        self._target = None
        #: What other threads run.
        self._others = {}
        self._lock = threading.Lock()

    def install(self):
        signal.signal(signal.SIGINT, self._handler)
        for number in IGNORED:
            signal.signal(number, _ignore)
        os.register_at_fork(after_in_child=_restore)

    def entered(self, call):
        """This thread runs `call` from now on, and may be interrupted until `left`."""
        if threading.get_ident() != self._main:
            with self._lock:
                self._others[call] = threading.get_ident()
            return
        # A model may have replaced the handler.
        if _signal.getsignal(_signal.SIGINT) != self._handler:
            signal.signal(signal.SIGINT, self._handler)
        self._target = None
        self._running = call

    def left(self, call):
        if threading.get_ident() == self._main:
            self._running = None
            self._target = None
            return
        with self._lock:
            self._others.pop(call, None)

    def shield(self):
        """A context in which the main thread is not interrupted; what arrived meanwhile is raised at its end."""
        return self if threading.get_ident() == self._main else _NO_SHIELD

    def __enter__(self):
        self._shields += 1

    def __exit__(self, *_error):
        self._shields -= 1
        if self._target is not None:
            self._raise_if_due()

    def interrupt(self, call, thread):
        """Raises CallAborted in `thread`, if it still runs `call`."""
        if thread == self._main:
            self._target = call
            threading.Thread(target=self._signal_until_raised, args=(call,), daemon=True).start()
        else:
            # Also in a training, which may be about to write: a frame is written by one system call, before or after which the
            # exception comes.
            with self._lock:
                if self._others.pop(call, None) is not None:
                    _raise_in(thread)

    def _signal_until_raised(self, call):
        # A signal that comes just before a system call begins to block would be seen only after it.
        never = threading.Event()
        while self._target is call and self._running is call:
            signal.pthread_kill(self._main, signal.SIGINT)
            never.wait(RETRY_SECONDS)

    def _on_signal(self, _number, _frame):
        self._raise_if_due()

    def _raise_if_due(self):
        if self._shields > 0 or self._target is None or self._target is not self._running:
            return
        self._target = None
        raise CallAborted()


class _NoShield:
    def __enter__(self):
        pass

    def __exit__(self, *_error):
        pass


_NO_SHIELD = _NoShield()


def _ignore(_number, _frame):
    pass


def _restore():
    """In a process that the model has forked signals mean what they do elsewhere."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in IGNORED:
        signal.signal(number, signal.SIG_DFL)


def _raise_in(thread):
    try:
        import ctypes
    except ImportError:
        # The server kills the worker after the grace period.
        return
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(CallAborted))


interrupts = Interrupts()
