"""Logs metrics with libraries, whose places are taken by small ones in the folder fakes."""
import types


class Tensor:
    def item(self):
        return 0.25


def get_train_args():
    return {"library": {"type": "string"}}


def train(library):
    globals()[library]()


def tensorboard():
    from tensorboardX import SummaryWriter

    writer = SummaryWriter()
    for step in (1, 2):
        writer.add_scalar("loss/train", Tensor(), step)
        writer.add_scalar("name", "no number", step)
        writer.add_scalar("accuracy", 0.5, global_step=step)


def mlflow():
    import mlflow

    for step in (1, 2):
        mlflow.log_metric("loss/train", 0.25, step=step)
        mlflow.log_metrics({"accuracy": 0.5, "note": "text"}, step)


def wandb():
    import wandb

    wandb.init()
    for _ in range(2):
        wandb.log({"loss/train": 0.25, "accuracy": 0.5})


def trackio():
    import trackio

    trackio.log({"loss/train": 0.25, "accuracy": 0.5})
    trackio.log({"loss/train": 0.25, "accuracy": 0.5}, step=1)


def keras():
    from keras.callbacks import CallbackList

    for epoch in range(2):
        CallbackList().on_epoch_end(epoch, {"loss/train": 0.25, "accuracy": 0.5})


def transformers():
    from transformers.trainer_callback import CallbackHandler

    for step in (1, 2):
        state = types.SimpleNamespace(global_step=step, max_steps=2)
        CallbackHandler().on_log(None, state, None, {"loss/train": 0.25, "accuracy": 0.5})


def lightning():
    from lightning.pytorch.trainer.connectors.logger_connector.logger_connector import _LoggerConnector

    for step in (1, 2):
        _LoggerConnector().log_metrics({"loss/train": Tensor(), "accuracy": 0.5}, step=step)


def bar():
    import sys
    import time

    for i in (1, 2):
        sys.stderr.write(f"\rEpoch 1:  {50 * i}%|###  | {i}/2 [00:00<00:00]")
        time.sleep(0.01)
    sys.stderr.write("\n")


def both():
    from deepaas_run import current_run

    current_run().report(step=7, total=9)
    bar()
