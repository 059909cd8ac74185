// The arguments of a model as parameters and request body of OpenAPI 3.1. An argument stands once: where its `location` says, else
// in the body, although the server also reads it from the query. The body has one media type: a form if it has files.
import type { JsonObject, JsonValue, ObjectSchema } from "@deepaas/core";
import { jsonPartName } from "../../routes.ts";
import { branchesOf, isObject, typesOf } from "../../schema-queries.ts";
import { type ArgForm, argForm } from "../arg-form.ts";
import { exampleOf } from "../example-of.ts";
import { openApiSchema } from "./schema.ts";

export interface OpenApiArguments {
  readonly parameters: readonly JsonObject[];
  /** Undefined if the body can hold no argument. */
  readonly requestBody: JsonObject | undefined;
}

interface Argument {
  readonly name: string;
  readonly field: JsonObject;
  readonly schema: JsonObject;
  readonly form: ArgForm;
  readonly required: boolean;
}

/** Header names that OpenAPI does not allow as parameters; the document describes them in other ways. */
const spokenFor = new Set(["accept", "content-type", "authorization"]);

/** `place`: the pointer of the schema of `args` in the document. */
export function openApiArguments(args: ObjectSchema, place: string): OpenApiArguments {
  const root = args as unknown as JsonObject;
  const all = Object.entries(args.properties).map(
    ([name, field]): Argument => ({
      name,
      field,
      schema: withoutAnyType(openApiSchema(field, place)),
      form: argForm(field, root),
      required: args.required.includes(name),
    }),
  );
  return { parameters: all.flatMap(parametersOf), requestBody: bodyOf(all, { place, root }) };
}

/** Without the choice "any media type" of the argument `accept`: a generated client has no name for it. */
function withoutAnyType(schema: JsonObject): JsonObject {
  const { enum: choices } = schema;
  return Array.isArray(choices) && choices.includes("*/*")
    ? { ...schema, enum: (choices as JsonValue[]).filter((choice) => choice !== "*/*") }
    : schema;
}

function parametersOf(argument: Argument): readonly JsonObject[] {
  const { name, field, schema, form, required } = argument;
  if (form !== "text" && form !== "texts") return [];
  const { location } = field;
  const said = { name, ...(typeof field.description === "string" && { description: field.description }) };
  if (location === "headers")
    return spokenFor.has(name.toLowerCase()) ? [] : [{ ...said, in: "header", required, schema: textSchema(schema) }];
  if (location === "cookies") return [{ ...said, in: "cookie", required, schema: textSchema(schema) }];
  if (location === "query" || location === "querystring")
    return [{ ...said, in: "query", required, schema: textSchema(schema) }];
  return [];
}

interface About {
  readonly place: string;
  readonly root: JsonObject;
}

function bodyOf(all: readonly Argument[], about: About): JsonObject | undefined {
  const isFile = ({ form }: Argument) => form === "file" || form === "files";
  const anywhere = ({ field }: Argument) => field.location === undefined;
  const json = all.filter((one) => !isFile(one) && (anywhere(one) || one.field.location === "json"));
  const inForm = ({ field }: Argument) => field.location === "form" || field.location === "files";
  const form = all.filter((one) => !isFile(one) && (inForm(one) || (anywhere(one) && one.form !== "json")));
  const files = all.filter(isFile);
  const onlyForm = form.filter(inForm);
  const isForm = files.length > 0 || onlyForm.length > 0;
  const content: JsonObject = isForm
    ? { "multipart/form-data": multipartContent({ form, files, json }, { all, about }) }
    : { ...(json.length > 0 && { "application/json": jsonContent(json, { all, about }) }) };
  if (Object.keys(content).length === 0) return undefined;
  const required = [...files, ...form, ...json].some((one) => one.required);
  return { description: bodyDescription, required, content };
}

const bodyDescription =
  "The server also reads an argument from the query, a form or a JSON body, unless it says otherwise; the first place that has it wins, in this order. Text is read as the type of its argument.";

interface Whole {
  readonly all: readonly Argument[];
  readonly about: About;
}

function jsonContent(json: readonly Argument[], { all, about }: Whole): JsonObject {
  const schema = jsonSchema(json, { all, about });
  return { schema, ...exampleFrom(json, about) };
}

/** The example that a page sends unless its user changes it: required arguments only. */
function exampleFrom(members: readonly Argument[], { root }: About): JsonObject {
  return { example: exampleOf(membersOf(members.filter((one) => one.required)), root) ?? {} };
}

/** A reference to the schema of all arguments where a body has all of them, so that generated clients have a name for it. */
function jsonSchema(json: readonly Argument[], { all, about }: Whole): JsonObject {
  return json.length === all.length ? { $ref: about.place } : objectOf(json);
}

interface Parts {
  readonly form: readonly Argument[];
  readonly files: readonly Argument[];
  readonly json: readonly Argument[];
}

function multipartContent({ form, files, json }: Parts, whole: Whole): JsonObject {
  const texts = form.filter((one) => one.required && !json.includes(one)).map(({ name }) => name);
  const either = form.filter((one) => one.required && json.includes(one)).map(({ name }) => name);
  const needsPart = json.some((one) => one.required && !form.includes(one));
  const required = [...files.filter((one) => one.required).map(({ name }) => name), ...texts];
  const part = json.length > 0 && { [jsonPartName]: jsonPart(json, { form, whole }) };
  return {
    schema: {
      type: "object",
      properties: { ...propertiesOf([...files, ...form.map(asText)]), ...part },
      ...(required.length + Number(needsPart) > 0 && { required: [...required, ...(needsPart ? [jsonPartName] : [])] }),
      ...(either.length > 0 && !needsPart && { anyOf: [{ required: either }, { required: [jsonPartName] }] }),
    },
    ...formExample({ form, files, json }, whole),
    encoding: {
      ...Object.fromEntries(
        form.filter((one) => one.form === "texts").map(({ name }) => [name, { style: "form", explode: true }]),
      ),
      ...(part && { [jsonPartName]: { contentType: "application/json" } }),
    },
  };
}

/** A page sends the example unless its user changes it, so it has the required arguments only. Files are empty. */
function formExample({ form, files, json }: Parts, { about: { root } }: Whole): JsonObject {
  const texts = exampleOf(membersOf(form.filter((one) => one.required)), root);
  const onlyInJson = json.filter((one) => one.required && !form.includes(one));
  const part = onlyInJson.length > 0 ? exampleOf(membersOf(onlyInJson), root) : {};
  if (!isObject(texts) || !isObject(part)) return {};
  const empty = files
    .filter((one) => one.required)
    .map((one): [string, JsonValue] => [one.name, one.form === "files" ? [""] : ""]);
  return {
    example: { ...Object.fromEntries(empty), ...texts, ...(onlyInJson.length > 0 && { [jsonPartName]: part }) },
  };
}

interface PartOptions {
  readonly form: readonly Argument[];
  readonly whole: Whole;
}

/** The JSON part of connected clients: any argument that is not a file. Required is what has no part of its own. */
function jsonPart(json: readonly Argument[], { form, whole }: PartOptions): JsonObject {
  const must = json.filter((one) => one.required && !form.includes(one));
  const { type, properties } = objectOf(json) as { type: string; properties: JsonObject };
  const example = exampleOf(membersOf(must), whole.about.root);
  return {
    type,
    description: "Arguments as one JSON object; their values are taken as they are",
    properties,
    ...(must.length > 0 && { required: must.map(({ name }) => name) }),
    ...(example !== undefined && { example }),
  };
}

/** Without a default and examples: a page would send them. */
function asText(argument: Argument): Argument {
  const { default: value, example: _example, examples: _examples, ...schema } = textSchema(argument.schema);
  if (value === undefined) return { ...argument, schema };
  const description = [schema.description, `Default: ${JSON.stringify(value)}.`].filter(Boolean).join("\n\n");
  return { ...argument, schema: { ...schema, description } };
}

/** Reduces a schema to what plain text can express: drops null, object and array from a union. */
function textSchema(schema: JsonObject): JsonObject {
  const { type, items, default: value, ...rest } = schema;
  const isText = (one: JsonValue) => one !== "null" && one !== "object" && one !== "array";
  const union = branchesOf(schema).filter((branch) => typesOf(branch).some(isText) || typesOf(branch).length === 0);
  return {
    ...(type !== undefined && {
      type: Array.isArray(type) && !type.includes("array") ? (type as JsonValue[]).filter(isText) : type,
    }),
    ...rest,
    ...(union.length > 0 && { [Array.isArray(schema.anyOf) ? "anyOf" : "oneOf"]: union }),
    ...(items !== undefined && { items: isObject(items) ? textSchema(items) : items }),
    ...(value !== undefined && value !== null && { default: value }),
  };
}

function objectOf(members: readonly Argument[]): JsonObject {
  const required = members.filter((one) => one.required).map(({ name }) => name);
  return { type: "object", properties: propertiesOf(members), ...(required.length > 0 && { required }) };
}

function propertiesOf(members: readonly Argument[]): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(members.map(({ name, schema }) => [name, schema]));
}

/** Resolves references of the model's own schema. */
function membersOf(members: readonly Argument[]): JsonObject {
  const required = members.filter((one) => one.required).map(({ name }) => name);
  return { type: "object", properties: Object.fromEntries(members.map(({ name, field }) => [name, field])), required };
}
