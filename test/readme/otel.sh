# #region start
export OTEL_SERVICE_NAME=digits
export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318
export NODE_OPTIONS="--import ./otel.mjs"
npx deepaas run
# #endregion start
