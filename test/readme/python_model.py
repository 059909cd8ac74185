# The model of packages/python/README.md; packages.test.ts runs this file.
# #region model
from deepaas_run import current_run


def get_predict_args():
    return {"x": {"type": "number", "minimum": 0}}


def predict(x):
    return {"root": x**0.5}


def get_train_args():
    return {"epochs": {"type": "integer", "default": 2}}


def train(epochs):
    run = current_run()
    for epoch in range(1, epochs + 1):
        run.report(step=epoch, total=epochs, loss=1 / epoch)
    return {"epochs": epochs}


# #endregion model
