#!/usr/bin/env bash
# Two keys with different rights; cli-access.test.ts runs it with a port of its own.
set -euo pipefail

# #region keys
export DEEPAAS_API_KEY_FILE=keys.json
ann=$(deepaas key new ann --scope predict)
bob=$(deepaas key new bob --scope predict train --model hello --expires 90d)
deepaas run hello.ts &
# #endregion keys

until curl --silent --fail --output /dev/null "$url/health/ready"; do sleep 0.1; done

# #region call
curl --header "Authorization: Bearer $ann" --json '{"x": 3}' "$url/v2/models/hello/predict/"
deepaas train hello --epochs 20 --url "$url" --token "$bob"
deepaas train hello --url "$url" --token "$ann" || echo "ann may not train"
deepaas key revoke ann
deepaas key list
# #endregion call
kill %1
