import time


def burn(ms):
    """Uses so much CPU time of this thread."""
    end = time.thread_time() + ms / 1000
    while ms > 0 and time.thread_time() < end:
        pass
