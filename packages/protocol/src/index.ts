// For doors and clients.
export { type CodeRow, codeTable, exitCodeOf, httpStatusOf, jsonRpcCodeOf } from "./code-table.ts";
export type { DocumentOptions } from "./documents/document-options.ts";
export { eventText } from "./event-text.ts";
export { toOpenApi } from "./openapi/to-openapi.ts";
export { type ProblemDetails, problemDetails, titleOf, toV2ErrorText } from "./problem-details.ts";
export { type ArgSources, type ReadArgs, readArgs, type Texts } from "./read-args.ts";
export {
  artifactPath,
  cancelRunPath,
  jsonPartName,
  modelPath,
  ownMediaType,
  predictPath,
  problemMediaType,
  type Route,
  type RouteName,
  routes,
  runEventsPath,
  runPath,
  schemaPath,
  trainingPath,
  trainPath,
} from "./routes.ts";
// The shapes of DEEPaaS V2.
export { toSwagger } from "./swagger/to-swagger.ts";
export { isTraceparent } from "./traceparent.ts";
export { toV2Metadata, toV2Prediction, toV2Version, toV2Versions } from "./v2-documents.ts";
export { type V2Errors, v2Errors } from "./v2-errors.ts";
export { toV2Training, type V2Status, type V2Training } from "./v2-training.ts";
