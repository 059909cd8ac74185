#!/usr/bin/env bash
# How a project is started; new-project.test.ts runs it in an empty home, with a registry and a port of its own.
set -euo pipefail

# #region new
npx deepaas new my-model
cd my-model
npm install
npm start
# #endregion new

# #region create
npm create deepaas my-model -- --template tfjs
# #endregion create

# #region run
npx deepaas run model.ts
# #endregion run
