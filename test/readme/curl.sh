#!/usr/bin/env bash
# The README's curl lines; readme.test.ts runs them against a real server, with its port for 5000.
set -euo pipefail

# #region models
curl http://127.0.0.1:5000/v2/models/
# #endregion models
echo

# #region predict-file
curl -F image=@examples/digits/7.png http://127.0.0.1:5000/v2/models/digits/predict/
# #endregion predict-file
echo

# #region train-digits
curl -X PUT --json '{"epochs": 1, "samples": 500}' http://127.0.0.1:5000/v2/models/digits/train/my-first
curl -N -H "Accept: text/event-stream" http://127.0.0.1:5000/v2/runs/my-first/events
# #endregion train-digits
echo

# #region versions
curl http://127.0.0.1:5000/v2/models/digits/versions
curl -X POST http://127.0.0.1:5000/v2/models/digits/versions/1/serve
curl -X POST http://127.0.0.1:5000/v2/models/digits/versions/0/serve
# #endregion versions
echo

# #region train
curl --json '{"epochs": 100}' http://127.0.0.1:5000/v2/models/hello/train/
# #endregion train
echo

# #region train-named
curl -X PUT --json '{"epochs": 100}' http://127.0.0.1:5000/v2/models/hello/train/first
# #endregion train-named
echo

# #region watch
curl -N -H "Accept: text/event-stream" http://127.0.0.1:5000/v2/runs/first/events
# #endregion watch
echo

# #region predict
curl --json '{"x": 3}' http://127.0.0.1:5000/v2/models/hello/predict/
# #endregion predict
echo

# #region cancel
curl -X POST http://127.0.0.1:5000/v2/runs/first/cancel
# #endregion cancel
