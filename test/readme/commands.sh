#!/usr/bin/env bash
# The README's commands; commands.test.ts runs them, with a free port, but for npm test, which is what runs that test.
set -euo pipefail

# #region two
npm start   # serves http://127.0.0.1:5000
npm test
# #endregion two

# #region run
npm run -s deepaas -- run examples/hello/hello.ts digits=examples/digits/digits.ts
# #endregion run

# #region add-version
npm run -s deepaas -- add-version digits examples/digits/weights.bin --metric val_accuracy=0.945
# #endregion add-version

# #region weights
node examples/digits/make-weights.ts
# #endregion weights

# #region predict
deepaas predict examples/digits/digits.ts --image @examples/digits/7.png --top 1
# #endregion predict

# #region train
deepaas train examples/digits/digits.ts --epochs 1 --samples 200
# #endregion train

# #region check
deepaas check examples/digits/digits.ts --args '{"image":"examples/digits/7.png"}'
# #endregion check

# #region bench
deepaas bench examples/hello/hello.ts --svg hello.svg
# #endregion bench
