"""A process of its own, which also runs while a thread of the model holds the global lock: ends the worker, and what the model
started, when the server is gone, and reports how much memory the worker uses."""
import os
import select
import shutil
import signal
import sys

LIFELINE = 5
MEMORY_INTERVAL_MS = 250


def start_guard(folder):
    """Forks the guard. Call it before any other module is imported: a fork copies only the thread that calls it."""
    for descriptor in (3, 4, LIFELINE):
        os.set_inheritable(descriptor, False)
    worker = os.getpid()
    if os.fork() == 0:
        try:
            _watch(worker, folder)
        finally:
            os._exit(0)
    # Only the guard holds it, so that nothing that the model starts can keep it open.
    os.close(LIFELINE)


def _watch(worker, folder):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(0, LIFELINE)
    poll = select.poll()
    poll.register(LIFELINE, select.POLLIN)
    while os.getppid() == worker:
        try:
            if poll.poll(MEMORY_INTERVAL_MS) and not os.read(LIFELINE, 4096):
                break
            rss = rss_bytes(worker)
            if rss:
                os.write(LIFELINE, b"%d\n" % rss)
        except OSError:
            break
    else:
        # The server has seen the worker's end.
        return
    shutil.rmtree(folder, ignore_errors=True)
    try:
        os.killpg(worker, signal.SIGKILL)
    except OSError:
        # It does not lead a process group.
        os.kill(worker, signal.SIGKILL)


def rss_bytes(pid):
    """Returns 0 where the system does not tell it in /proc."""
    if not sys.platform.startswith("linux"):
        return 0
    with open(f"/proc/{pid}/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
