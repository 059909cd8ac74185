#!/usr/bin/env bash
# The lines of docs/migrating.md; python-examples.test.ts runs them beside a project of a model in Python, with a port of its own for 5000.
set -euo pipefail
trap 'kill $(jobs -p); wait' EXIT

# #region check
cd my-model
deepaas check .
# #endregion check

# #region names
deepaas-cli predict --x 1.5
deepaas predict . --x 1.5
deepaas-run --model-name curve --nowarm &
# #endregion names

until curl -sf http://127.0.0.1:5000/v2/models/ >/dev/null; do kill -0 %1; sleep 0.1; done

# #region client
curl -X POST "http://127.0.0.1:5000/v2/models/curve/predict?x=1.5" --location
curl -X PUT "http://127.0.0.1:5000/v2/models/curve/train/mine?epochs=100000"
curl http://127.0.0.1:5000/v2/models/curve/train/
curl -X DELETE http://127.0.0.1:5000/v2/models/curve/train/mine
# #endregion client
