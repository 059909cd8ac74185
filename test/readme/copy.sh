#!/usr/bin/env bash
# "Move from one machine" of docs/cluster.md; copy.test.ts runs it with the environment of a node, after a server was killed.
set -euo pipefail

# #region copy
deepaas copy --from .deepaas
# #endregion copy

# #region run
deepaas run hello.ts --node worker-1 &
# #endregion run

until curl --silent --fail --output /dev/null "$url/health/ready"; do sleep 0.1; done

# #region check
deepaas runs --url "$url"
deepaas watch lost --url "$url"
deepaas versions hello --url "$url"
# #endregion check
kill %1
wait
