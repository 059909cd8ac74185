// Checks what a model states about itself: its members, metadata, fields, schema and examples.
import { isObject, type JsonObject, type JsonValue, type ModelDescription, pointerStep } from "@deepaas/core";
import { compileSchema, describeModel, isFileSchema, type ModelDeclaration } from "@deepaas/core/ports";
import { memberFault } from "./declared.ts";
import { type CheckName, type Finding, ok, placeOf } from "./finding.ts";
import type { Declared, MemberFault } from "./probe-messages.ts";

export interface CheckedDeclaration {
  readonly findings: readonly Finding[];
  /** Absent if a server would refuse the model. */
  readonly description?: ModelDescription;
}

export function checkDeclaration(name: string, declared: Declared): CheckedDeclaration {
  const { declaration, metadata } = declared;
  const faults = [...declared.faults, ...faultsOf(declaration)];
  const findings = [
    ...faults.map(faultFinding),
    ...memberFindings(declared.members),
    ...metadataFindings(metadata, faults),
  ];
  for (const [check, members] of [
    ["contract", ["resume", "promote", "shippedMetrics"]],
    ["fields", ["getPredictArgs", "getTrainArgs"]],
    ["schema", ["schema"]],
  ] as const) {
    if (findings.some((one) => one.check === check)) continue;
    if (faults.some(({ member }) => (members as readonly string[]).includes(member))) continue;
    findings.push(ok(check, allIsWell(check, declared)));
  }
  if (faults.some(({ member }) => member !== "getMetadata")) return { findings };
  const description = describeModel(name, { ...declaration, metadata });
  return { findings: [...findings, ...exampleFindings(description)], description };
}

function allIsWell(check: "contract" | "fields" | "schema", { declaration, members }: Declared): string {
  if (check === "contract") return `has ${members.join(", ")}`;
  const { predictFields = {}, trainFields = {}, responseSchema, responseFields } = declaration;
  if (check === "fields") {
    return `${counted(Object.keys(predictFields), "argument")} of predict, ${Object.keys(trainFields).length} of train`;
  }
  return responseSchema === undefined && responseFields === undefined
    ? "the model declares none, so results are not validated"
    : "the schema of the result is sound";
}

function counted({ length }: { readonly length: number }, noun: string): string {
  return `${length} ${noun}${length === 1 ? "" : "s"}`;
}

/** One field at a time, so that each fault is found. */
function faultsOf(declaration: ModelDeclaration): readonly MemberFault[] {
  const { has, predictFields = {}, trainFields = {}, responseSchema, responseFields, ...stated } = declaration;
  const faults: MemberFault[] = [];
  const describe = (member: string, part: Partial<ModelDeclaration>) => {
    try {
      describeModel("model", { ...part, has });
    } catch (error) {
      faults.push(memberFault(member, error));
    }
  };
  for (const [field, schema] of Object.entries(predictFields)) {
    describe("getPredictArgs", { predictFields: { [field]: schema } });
  }
  for (const [field, schema] of Object.entries(trainFields)) {
    describe("getTrainArgs", { trainFields: { [field]: schema } });
  }
  if (responseSchema !== undefined) describe("schema", { responseSchema });
  for (const [field, schema] of Object.entries(responseFields ?? {})) {
    describe("schema", { responseFields: { [field]: schema } });
  }
  for (const member of ["resume", "promote", "shippedMetrics"] as const) {
    const value = stated[member];
    if (value !== undefined) describe(member, { [member]: value });
  }
  return faults;
}

const checkOfMember: Readonly<Record<string, CheckName>> = {
  getPredictArgs: "fields",
  getTrainArgs: "fields",
  schema: "schema",
  getMetadata: "metadata",
};
const hintOfMember: Readonly<Record<string, string>> = {
  getPredictArgs: "correct the field",
  getTrainArgs: "correct the field",
  schema: "correct the schema of the result, or leave it out",
  getMetadata: "return a plain object, such as { name, description, author, license }",
};

function faultFinding({ member, pointer, message }: MemberFault): Finding {
  const hint = hintOfMember[member] ?? `correct ${member}`;
  return {
    check: checkOfMember[member] ?? "contract",
    status: "error",
    place: placeOf(member, pointer),
    message,
    hint,
  };
}

/** Members that have no effect without another one. */
const needs: readonly (readonly [member: string, others: readonly string[]])[] = [
  ["getPredictArgs", ["predict", "predictBatch", "predictStream"]],
  ["schema", ["predict", "predictBatch"]],
  ["getTrainArgs", ["train"]],
];

function memberFindings(members: readonly string[]): readonly Finding[] {
  return needs
    .filter(([member, others]) => members.includes(member) && !others.some((one) => members.includes(one)))
    .map(([member, others]) => ({
      check: "contract",
      status: "warning",
      place: member,
      message: `it has no effect without ${others.join(" or ")}`,
      hint: `add ${others[0]}, or remove ${member}`,
    }));
}

const describing = ["description", "author", "license"] as const;

function metadataFindings(metadata: JsonValue, faults: readonly MemberFault[]): readonly Finding[] {
  if (faults.some(({ member }) => member === "getMetadata")) return [];
  const given = isObject(metadata) ? (metadata as JsonObject) : {};
  const isMissing = (member: string) => {
    const value = given[member];
    return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
  };
  const missing = describing.filter(isMissing).map((member): Finding => {
    const hint = `return it from getMetadata${member === "license" ? ', such as "Apache-2.0"' : ""}`;
    const place = placeOf("getMetadata", pointerStep(member));
    return { check: "metadata", status: "warning", place, message: `the model has no ${member}`, hint };
  });
  return missing.length > 0 ? missing : [ok("metadata", describing.map((member) => `has ${member}`).join(", "))];
}

/** Examples, and defaults inside of an argument: the server checks only the default of the argument itself. */
function exampleFindings({ predictArgs, trainArgs, response }: ModelDescription): readonly Finding[] {
  const findings: Finding[] = [];
  let count = 0;
  const look = (member: string, schema: JsonObject, root: JsonObject) => {
    for (const { keyword, value, pointer, of } of statedValues(schema, "")) {
      count++;
      const [issue] = compileSchema({ ...root, properties: { ...(root.properties as object), "~part": of } }).issues({
        "~part": value,
      });
      if (!issue) continue;
      findings.push({
        check: "examples",
        status: "error",
        place: placeOf(member, pointer),
        message: `the ${keyword} does not fit its own schema: ${issue.message}`,
        hint: `correct the ${keyword} or the schema`,
      });
    }
  };
  for (const [member, { properties }] of [
    ["getPredictArgs", predictArgs],
    ["getTrainArgs", trainArgs],
  ] as const) {
    for (const [name, schema] of Object.entries(properties)) {
      if (!isFileSchema(schema))
        look(member, { properties: { [name]: schema } }, { type: "object", properties: { [name]: schema } });
    }
  }
  if (response !== null) look("schema", response, { type: "object", ...definitionsOf(response) });
  return findings.length > 0 ? findings : [ok("examples", `${count} examples and defaults fit their schemas`)];
}

function definitionsOf({ $defs }: JsonObject): JsonObject {
  return $defs === undefined ? {} : { $defs };
}

interface StatedValue {
  readonly keyword: "default" | "example";
  readonly value: JsonValue;
  readonly pointer: string;
  /** The schema that has it. */
  readonly of: JsonObject;
}

const partKeywords = ["items", "additionalProperties", "contains", "not"];
const listKeywords = ["anyOf", "oneOf", "allOf", "prefixItems"];

function* statedValues(schema: JsonObject, pointer: string): Generator<StatedValue> {
  const { default: value, examples, example, properties } = schema;
  if (value !== undefined && value !== null)
    yield { keyword: "default", value, pointer: `${pointer}/default`, of: schema };
  if (example !== undefined) yield { keyword: "example", value: example, pointer: `${pointer}/example`, of: schema };
  for (const [i, one] of (Array.isArray(examples) ? (examples as JsonValue[]) : []).entries()) {
    yield { keyword: "example", value: one, pointer: `${pointer}/examples/${i}`, of: schema };
  }
  for (const [name, part] of Object.entries(isObject(properties) ? (properties as JsonObject) : {})) {
    // The fields of a model are named without the keyword.
    const step =
      pointer === "" && schema.type === undefined ? pointerStep(name) : `${pointer}/properties${pointerStep(name)}`;
    if (isObject(part)) yield* statedValues(part as JsonObject, step);
  }
  for (const keyword of partKeywords) {
    const part = schema[keyword];
    if (isObject(part)) yield* statedValues(part as JsonObject, `${pointer}/${keyword}`);
  }
  for (const keyword of listKeywords) {
    const parts = schema[keyword];
    for (const [i, part] of (Array.isArray(parts) ? (parts as JsonValue[]) : []).entries()) {
      if (isObject(part)) yield* statedValues(part as JsonObject, `${pointer}/${keyword}/${i}`);
    }
  }
}
