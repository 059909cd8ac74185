"""What the server calls: the entry point of the group deepaas.v2.model names this module."""
import json
from pathlib import Path

from deepaas_run import current_run
from webargs import fields, validate

from .data import SPECIES, load_flowers, train_test_split
from .estimator import SoftmaxRegression

schema = {
    "species": fields.Str(required=True),
    "probabilities": fields.Dict(keys=fields.Str(), values=fields.Float(), required=True),
}
model = SoftmaxRegression(n_features=2, n_classes=len(SPECIES))


def get_metadata():
    return {
        "name": "flowers",
        "description": "Names the species of a flower",
        "author": "The authors of deepaas for TypeScript",
        "license": "Apache-2.0",
    }


def warm(published=None):
    """`published`: the path of the weights that are served, or None."""
    global model
    model = SoftmaxRegression(n_features=2, n_classes=len(SPECIES))
    if published:
        vars(model).update(json.loads(Path(published).read_text()))


reload = warm


def get_predict_args():
    length = validate.Range(min=0, max=20)
    return {
        "petal_length": fields.Float(required=True, validate=length, metadata={"description": "cm"}),
        "petal_width": fields.Float(required=True, validate=length, metadata={"description": "cm"}),
    }


def predict(petal_length, petal_width):
    probabilities = dict(zip(SPECIES, model.predict_proba([[petal_length, petal_width]])[0]))
    return {"species": max(probabilities, key=probabilities.get), "probabilities": probabilities}


def get_train_args():
    return {
        "epochs": fields.Int(load_default=30, validate=validate.Range(min=1)),
        "learning_rate": fields.Float(load_default=0.05, validate=validate.Range(min=0, min_inclusive=False, max=1)),
        "test_size": fields.Float(load_default=0.2, validate=validate.Range(min=0.1, max=0.9)),
    }


def train(epochs, learning_rate, test_size):
    run = current_run()
    X_train, X_test, y_train, y_test = train_test_split(*load_flowers(), test_size)
    learner = SoftmaxRegression(n_features=2, n_classes=len(SPECIES), learning_rate=learning_rate)
    for epoch in range(1, epochs + 1):
        learner.partial_fit(X_train, y_train)
        metrics = {"loss": learner.log_loss(X_train, y_train), "val_accuracy": learner.score(X_test, y_test)}
        run.report(step=epoch, total=epochs, **metrics)
    weights = {"coef_": learner.coef_, "intercept_": learner.intercept_}
    run.publish(json.dumps(weights).encode())
    return metrics
