#!/usr/bin/env bash
# The access log and levels of parts; cli-log.test.ts runs it with a port of its own.
set -euo pipefail

# #region run
deepaas run hello.ts --access-log --log-level info,workers=debug --log-file server.log &
# #endregion run

until curl --silent --fail --output /dev/null "$url/health/ready"; do sleep 0.1; done

# #region call
curl --header "X-Request-Id: my-call" --json '{"x": 3}' "$url/v2/models/hello/predict/"
sleep 1
grep my-call server.log
# #endregion call
kill %1
wait
