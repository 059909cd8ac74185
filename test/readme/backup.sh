#!/usr/bin/env bash
# The section "Backup" of docs/operations.md; backup.test.ts runs it with ports of its own, beside a server with a training.
set -euo pipefail

# #region backup
deepaas backup backups/monday
# #endregion backup

# #region restore
deepaas restore backups/monday --data-dir restored
deepaas run hello.ts --data-dir restored &
# #endregion restore

until curl --silent --fail "$url/v2/models/hello/versions"; do sleep 0.1; done
kill %1
wait
