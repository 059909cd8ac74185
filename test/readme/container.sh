#!/usr/bin/env bash
# From nothing to a server in a container; container-image.test.ts runs it with names and a port of its own.
set -euo pipefail

# #region build
docker build --tag my-model --build-arg MODEL=examples/hello .
# #endregion build

# #region run
docker run --rm --volume my-model-data:/data my-model key new ann --scope predict train --api-key-file /data/keys.json
docker run --detach --name my-model --volume my-model-data:/data --env DEEPAAS_API_KEY_FILE=/data/keys.json \
  --publish 127.0.0.1:5000:5000 --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges my-model
# #endregion run

until [ "$(docker inspect --format '{{.State.Health.Status}}' my-model)" = healthy ]; do sleep 0.2; done

# #region use
docker exec my-model deepaas runs
docker exec my-model deepaas key new bob --scope predict --api-key-file /data/keys.json
docker stop my-model
# #endregion use
