class Run:
    def log(self, data, step=None):
        pass


def init():
    global log
    log = Run().log


def log(data, step=None):
    raise RuntimeError("call init first")
