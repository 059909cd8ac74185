#!/usr/bin/env bash
# "Before the first start" of docs/cluster.md; cli-doctor.test.ts runs it with the environment of a node.
set -euo pipefail

# #region doctor
deepaas doctor
# #endregion doctor
