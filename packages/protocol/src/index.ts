// For adapters and clients

export { type AccessLogFields, accessLog, withoutTokens } from "./access-log.ts";
export { adapterObserver, ServedModels } from "./adapter-observer.ts";
export type { DocumentOptions } from "./api-docs/document-options.ts";
export { toOpenApi } from "./api-docs/openapi/to-openapi.ts";
// The shapes of DEEPaaS V2
export { toSwagger } from "./api-docs/swagger/to-swagger.ts";
export { type ArgSources, type ReadArgs, readArgs, type Texts } from "./args/read-args.ts";
export { csvCell } from "./csv-cell.ts";
export { type ErrorCodeRow, errorCodeTable, exitCodeOf, httpStatusOf, jsonRpcCodeOf } from "./error-codes.ts";
export { eventText } from "./event-text.ts";
export { type JsonLines, jsonLines } from "./json-lines.ts";
export { type ProblemDetails, problemDetails, titleOf, toV2ErrorText } from "./problem-details.ts";
export { ProgressCsv, type ProgressRow } from "./progress-csv.ts";
export { isRequestId } from "./request-id.ts";
export {
  artifactPath,
  cancelRunPath,
  jsonPartName,
  metricsMediaType,
  ownMediaType,
  predictPath,
  problemMediaType,
  type Route,
  type RouteAccess,
  type RouteName,
  removeWeightsPath,
  routeNameOf,
  routes,
  runEventsPath,
  runGrantsPath,
  runMetricsPath,
  runPath,
  schemaPath,
  serveWeightsPath,
  trainingPath,
  trainPath,
  weightsPath,
  weightsVersionHeader,
  weightsVersionPreference,
} from "./routes.ts";
export { typesOf } from "./schema-queries.ts";
export { isTraceparent } from "./traceparent.ts";
export { toV2Metadata, toV2Prediction, toV2Version, toV2Versions } from "./v2/bodies.ts";
export { type V2Errors, v2Errors } from "./v2/errors.ts";
export { toV2Training, type V2Status, type V2Training } from "./v2/training.ts";
