"""A training that reports so many times per second, or does all but report. Returns the number of its reports."""
import time

from deepaas_run import current_run


def get_train_args():
    return {"per_second": {"type": "integer"}, "seconds": {"type": "number"}, "reports": {"type": "boolean"}}


def train(per_second, seconds, reports):
    run = current_run()
    step = 0
    began = time.monotonic()
    while True:
        elapsed = time.monotonic() - began
        if elapsed >= seconds:
            return step
        while step < elapsed * per_second:
            step += 1
            loss = 1 / step
            if reports:
                run.report(step=step, loss=loss)
        time.sleep(0.001)
