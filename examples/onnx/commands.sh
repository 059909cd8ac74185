#!/usr/bin/env bash
# The README's commands; commands.test.ts runs them, with a free port.
set -euo pipefail

# #region serve
npm run -s deepaas -- run examples/onnx/onnx.ts --workers 2
# #endregion serve

# #region predict
curl -F image=@examples/digits/7.png http://127.0.0.1:5000/v2/models/onnx/predict/
# #endregion predict

# #region make
node examples/onnx/make-onnx.ts
# #endregion make
