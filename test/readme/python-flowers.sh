#!/usr/bin/env bash
# The lines of examples/python-flowers/README.md; python-examples.test.ts runs them with a port of its own for 5000.
set -euo pipefail
trap 'kill $(jobs -p); wait' EXIT

# #region serve
cd examples/python-flowers
deepaas run . &
# #endregion serve

until curl -sf http://127.0.0.1:5000/v2/models/ >/dev/null; do kill -0 %1; sleep 0.1; done

# #region predict
curl --json '{"petal_length": 4.4, "petal_width": 1.3}' http://127.0.0.1:5000/v2/models/flowers/predict/
# #endregion predict
echo

# #region train
curl -X PUT --json '{"epochs": 40}' http://127.0.0.1:5000/v2/models/flowers/train/first
curl -N -H "Accept: text/event-stream" http://127.0.0.1:5000/v2/runs/first/events
curl --json '{"petal_length": 4.4, "petal_width": 1.3}' http://127.0.0.1:5000/v2/models/flowers/predict/
# #endregion train
echo

# #region cancel
curl -X PUT --json '{"epochs": 1000000}' http://127.0.0.1:5000/v2/models/flowers/train/second
curl -X DELETE http://127.0.0.1:5000/v2/models/flowers/train/second
curl -N -H "Accept: text/event-stream" http://127.0.0.1:5000/v2/runs/second/events
# #endregion cancel
