// What two validators that share no code say against an API document.
import type { JsonObject } from "@deepaas/core";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";

/** Every rule that is about being right, none that is about taste. */
const rules = {
  struct: "error",
  "no-unresolved-refs": "error",
  "no-identical-paths": "error",
  "no-ambiguous-paths": "error",
  "path-parameters-defined": "error",
  "path-not-include-query": "error",
  "path-declaration-must-exist": "error",
  "operation-parameters-unique": "error",
  "operation-operationId-unique": "error",
  "operation-operationId-url-safe": "error",
  "no-invalid-schema-examples": "error",
  "no-invalid-media-type-examples": "error",
  "no-invalid-parameter-examples": "error",
  "no-enum-type-mismatch": "error",
} as const;

/** Empty: both find it valid. */
export async function documentFaults(document: JsonObject): Promise<readonly string[]> {
  const { valid, errors } = await new Validator().validate(
    structuredClone(document) as unknown as Record<string, unknown>,
  );
  const config = await createConfig({ rules });
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: "document.json", config });
  return [
    ...(valid ? [] : [`schema validator: ${typeof errors === "string" ? errors : JSON.stringify(errors)}`]),
    ...problems
      .filter(({ message, location }) => !isMistaken(message, location[0]?.pointer))
      .map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer ?? ""}: ${message}`),
  ];
}

/** Redocly takes the limits of a Swagger 2.0 parameter for integers; the specification has them as numbers. */
function isMistaken(message: string, pointer = ""): boolean {
  const isLimit = /\/parameters\/\d+\/(?:items\/)?(?:minimum|maximum|multipleOf)$/.test(pointer);
  return isLimit && message === "Expected type `integer` but got `number`.";
}
