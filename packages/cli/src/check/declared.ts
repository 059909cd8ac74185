// What a model states about itself, field by field, so that every fault is found and not only the first one.
import { errorText, isObject, type JsonObject, type JsonValue, type Model, toJson } from "@deepaas/core";
import { abilitiesOf, declarationOf, type ModelDeclaration, SchemaFault } from "@deepaas/core/ports";
import type { Declared, MemberFault } from "./probe-messages.ts";

const optionalMembers = [
  ...(["predict", "predictBatch", "predictStream", "train", "warm", "reload", "close"] as const),
  ...(["getMetadata", "getPredictArgs", "getTrainArgs", "schema"] as const),
] as const satisfies readonly (keyof Model)[];

export async function declared(model: Model): Promise<Declared> {
  const faults: MemberFault[] = [];
  const part = async (member: string, partOfModel: Model): Promise<Partial<ModelDeclaration>> => {
    try {
      return await declarationOf("model", partOfModel);
    } catch (error) {
      faults.push(memberFault(member, error));
      return {};
    }
  };
  const fields = async (member: "getPredictArgs" | "getTrainArgs"): Promise<JsonObject> => {
    const key = member === "getPredictArgs" ? "predictFields" : "trainFields";
    let given: unknown;
    try {
      given = model[member]?.() ?? {};
    } catch (error) {
      faults.push({ member, pointer: "", message: `it failed: ${errorText(error)}` });
      return {};
    }
    const whole = { [member]: () => given } as Model;
    if (!isObject(given) || typeof given.then === "function") return (await part(member, whole))[key] ?? {};
    const entries: [string, JsonValue][] = [];
    for (const [name, field] of Object.entries(given)) {
      const one = await part(member, { [member]: () => ({ [name]: field }) } as Model);
      entries.push(...Object.entries(one[key] ?? {}));
    }
    return Object.fromEntries(entries);
  };
  const { responseSchema, responseFields } = await part("schema", { schema: model.schema ?? null });
  const stated: Record<string, JsonValue> = {};
  for (const member of ["resume", "promote", "shippedMetrics"] as const) {
    const value = model[member];
    if (value === undefined) continue;
    const one = await part(member, { [member]: value } as Model);
    if (one[member] !== undefined) stated[member] = one[member];
  }
  return {
    declaration: {
      predictFields: await fields("getPredictArgs"),
      trainFields: await fields("getTrainArgs"),
      ...(responseSchema !== undefined && { responseSchema }),
      ...(responseFields !== undefined && { responseFields }),
      has: abilitiesOf(model),
      ...stated,
    },
    members: optionalMembers.filter((member) => model[member] !== undefined && model[member] !== null),
    metadata: await metadataOf(model, faults),
    faults,
  };
}

async function metadataOf(model: Model, faults: MemberFault[]): Promise<JsonValue> {
  try {
    return toJson((await model.getMetadata?.()) ?? null);
  } catch (error) {
    faults.push({ member: "getMetadata", pointer: "", message: `it failed: ${errorText(error)}` });
    return null;
  }
}

/** `error` comes from the declaration or the description of a model whose name is `model`. */
export function memberFault(member: string, error: unknown): MemberFault {
  const { cause } = error as { readonly cause?: unknown };
  if (cause instanceof SchemaFault) return { member, pointer: cause.pointer, message: cause.reason };
  const text = errorText(cause ?? error);
  return { member, pointer: "", message: text };
}
