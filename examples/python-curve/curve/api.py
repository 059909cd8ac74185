"""What the server calls: the entry point of the group deepaas.v2.model names this module. It knows nothing of the server."""
import json
import math
import os
from pathlib import Path

from .network import Network
from .progress import bar
from .writer import SummaryWriter

WEIGHTS = Path("models/curve.json")
POINTS = [i / 10 for i in range(-30, 31)]


def get_metadata():
    return {
        "name": "curve",
        "description": "Learns y = sin(x)",
        "author": "The authors of deepaas for TypeScript",
        "license": "Apache-2.0",
    }


def get_predict_args():
    return {"x": {"type": "number", "minimum": -3, "maximum": 3, "description": "radians"}}


def predict(x):
    network = Network()
    if WEIGHTS.exists():
        network.load_state_dict(json.loads(WEIGHTS.read_text()))
    return {"y": network(x), "trained": WEIGHTS.exists()}


def get_train_args():
    return {
        "epochs": {"type": "integer", "default": 200, "minimum": 1},
        "learning_rate": {"type": "number", "default": 0.05, "exclusiveMinimum": 0, "maximum": 1},
    }


def train(epochs, learning_rate):
    network = Network()
    writer = SummaryWriter("runs/curve")
    epoch = 0
    try:
        for epoch in bar(range(1, epochs + 1)):
            loss = 0.0
            for x in POINTS:
                error = network(x) - math.sin(x)
                network.step(x, error, learning_rate)
                loss += error * error / len(POINTS)
            writer.add_scalar("loss", loss, epoch)
    except KeyboardInterrupt:
        print(f"stopped in epoch {epoch}: the weights before it are kept")
        raise
    finally:
        writer.close()
    save(network)
    return {"loss": loss}


def save(network):
    WEIGHTS.parent.mkdir(exist_ok=True)
    new = WEIGHTS.with_suffix(".tmp")
    new.write_text(json.dumps(network.state_dict()))
    os.replace(new, WEIGHTS)
