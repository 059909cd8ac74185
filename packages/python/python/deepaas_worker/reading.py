"""Which thread reads the messages of the server: the main thread while it has no call, so that no call waits for another thread;
the reader's thread while the main thread runs a training, or any call for long."""
import threading

#: A call may run for this time, and at most twice as long, before the reader's thread reads what arrives meanwhile.
TAKE_OVER_SECONDS = 0.01
#: After so many times without a call the reader's thread sleeps until there is one.
IDLE_TIMES = 100


class Reading:
    """The reader's thread reads first."""

    def __init__(self):
        #: Held for the thread that reads.
        self._turn = threading.Lock()
        self._turn.acquire()
        self._handed_over = False
        #: Calls that the main thread has begun.
        self._begun = 0
        self._sleeps = False
        self._wake = threading.Event()

    def main_may_read(self):
        """The main thread has no call. Returns False if the reader's thread reads."""
        return self._turn.acquire(False)

    def main_runs(self, training):
        """The main thread, which might have read, runs a call."""
        self._begun += 1
        if training:
            self._handed_over = True
        else:
            self._turn.release()
        if training or self._sleeps:
            self._wake.set()

    def leave_to_main(self):
        """In the reader's thread: the main thread has no call, and is woken by the caller."""
        self._turn.release()

    def stand_by(self):
        """In the reader's thread: returns when it has to read again."""
        seen, idle = None, 0
        while True:
            # In this order: a call that begins meanwhile is either seen here, or wakes this thread.
            self._sleeps = idle >= IDLE_TIMES
            self._wake.wait(None if self._sleeps and self._begun == seen else TAKE_OVER_SECONDS)
            self._wake.clear()
            if self._handed_over:
                self._handed_over = False
                return
            if self._begun != seen:
                seen, idle = self._begun, 0
            elif self._turn.acquire(False):
                return
            else:
                idle += 1
