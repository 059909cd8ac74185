#!/usr/bin/env bash
# Run as root in a clone of the repository; deploy.test.ts runs it with folders and system commands of its own.
set -euo pipefail

# #region install
useradd --system --no-create-home --shell /usr/sbin/nologin deepaas
mkdir -p /opt/my-model /etc/deepaas
cp -R my-model/. /opt/my-model
npm ci --omit=dev --prefix /opt/my-model
(umask 077 && echo "DEEPAAS_API_KEY=$(openssl rand -hex 24)" >/etc/deepaas/environment)
cp deploy/deepaas.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now deepaas
# #endregion install
