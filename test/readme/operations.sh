#!/usr/bin/env bash
# The start of docs/operations.md; operations.test.ts runs it with ports of its own.
set -euo pipefail
trap 'kill $(jobs -p); wait' EXIT

# #region metrics
export DEEPAAS_API_KEY_FILE=keys.json
deepaas key new prometheus --scope metrics > scrape-token
deepaas run hello.ts &
prometheus --config.file=prometheus.yml &
# #endregion metrics

until curl --silent --fail "$prometheus/api/v1/query?query=deepaas_service_state" | grep ready; do kill -0 %1; kill -0 %2; sleep 0.1; done
