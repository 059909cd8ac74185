// An OpenAPI document as a judge: which operations it has, and whether an answer is one that it declares.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { Compile } from "typebox/compile";
import { resolved } from "./value-from-schema.ts";

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Media type to schema. */
  readonly bodies: readonly (readonly [string, JsonObject])[];
  readonly responses: JsonObject;
}

export interface Parameter {
  readonly in: "path" | "query" | "header" | "cookie";
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonObject;
}

export function operationsOf(document: JsonObject): readonly Operation[] {
  return Object.entries(document.paths as Readonly<Record<string, Readonly<Record<string, JsonObject>>>>).flatMap(
    ([path, item]) =>
      Object.entries(item).map(([method, { operationId, parameters, requestBody, responses }]) => ({
        id: operationId as string,
        method: method.toUpperCase(),
        path,
        parameters: (parameters ?? []) as unknown as readonly Parameter[],
        bodies: Object.entries(
          ((requestBody as JsonObject | undefined)?.content ?? {}) as Readonly<Record<string, JsonObject>>,
        ).map(([type, { schema }]) => [type, schema as JsonObject] as const),
        responses: responses as JsonObject,
      })),
  );
}

export interface Answer {
  readonly status: number;
  /** "": none. */
  readonly type: string;
  /** Undefined: not looked at. */
  readonly body: string | undefined;
}

type Check = { Check(value: unknown): boolean; Errors(value: unknown): readonly object[] };

export class Judge {
  readonly #document: JsonObject;
  readonly #checks = new Map<JsonValue, Check>();

  constructor(document: JsonObject) {
    this.#document = document;
  }

  /** What is not as declared; undefined: all is. */
  fault({ responses }: Operation, { status, type, body }: Answer): string | undefined {
    const declared = responses[String(status)] as JsonObject | undefined;
    if (!declared) return `the status ${status} is not declared`;
    const { content = {} } = typeof declared.$ref === "string" ? resolved(declared.$ref, this.#document) : declared;
    const media = type.split(";", 1)[0]?.trim().toLowerCase() ?? "";
    const found = [media, media.replace(/\/.*/, "/*"), "*/*"].find((one) => Object.hasOwn(content as JsonObject, one));
    if (media === "")
      return Object.keys(content as JsonObject).length === 0 || body === "" ? undefined : "it has no type";
    if (found === undefined) return `${media} is not declared for ${status}`;
    if (!/[/+]json$/.test(media) || !found.includes("json") || body === undefined) return undefined;
    const { schema } = (content as Readonly<Record<string, JsonObject>>)[found] as { schema: JsonObject };
    const check = this.#checkOf(schema);
    const value = JSON.parse(body) as unknown;
    if (check.Check(value)) return undefined;
    return `the body of ${status} is not as declared: ${JSON.stringify(check.Errors(value)).slice(0, 600)}`;
  }

  #checkOf(schema: JsonObject): Check {
    let check = this.#checks.get(schema);
    if (!check) {
      check = Compile({ components: this.#document.components, ...schema }) as Check;
      this.#checks.set(schema, check);
    }
    return check;
  }
}
