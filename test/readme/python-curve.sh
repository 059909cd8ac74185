#!/usr/bin/env bash
# The lines of examples/python-curve/README.md; python-examples.test.ts runs them with a port of its own for 5000.
set -euo pipefail
trap 'kill $(jobs -p); wait' EXIT

# #region serve
cd examples/python-curve
deepaas run . &
# #endregion serve

until curl -sf http://127.0.0.1:5000/v2/models/ >/dev/null; do kill -0 %1; sleep 0.1; done

# #region train
deepaas train curve --epochs 300 --url http://127.0.0.1:5000
deepaas predict curve --x 1.5 --url http://127.0.0.1:5000
# #endregion train

# #region cancel
curl -X PUT --json '{"epochs": 1000000}' http://127.0.0.1:5000/v2/models/curve/train/long
deepaas cancel long
deepaas watch long || true
# #endregion cancel
