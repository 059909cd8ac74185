#!/usr/bin/env bash
# The lines of examples/python-languages/README.md; python-examples.test.ts runs them with a port of its own for 5000.
set -euo pipefail
trap 'kill $(jobs -p); wait' EXIT

# #region serve
deepaas run examples/python-languages/languages.py &
# #endregion serve

until curl -sf http://127.0.0.1:5000/v2/models/ >/dev/null; do kill -0 %1; sleep 0.1; done

# #region predict
curl --json '{"text": "Das Haus ist nicht alt", "top": 2}' http://127.0.0.1:5000/v2/models/languages/predict/
# #endregion predict
echo

# #region train
deepaas train languages --text "Wo bist du?" --language de --url http://127.0.0.1:5000
deepaas predict languages --text "Wo bist du?" --url http://127.0.0.1:5000
# #endregion train
