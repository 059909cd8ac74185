// The arguments of a model as parameters of Swagger 2.0, in declared order.
//
// Swagger 2.0 has no objects, unions or nested lists outside of a body, no cookies, and no body beside a form. So arguments that
// need JSON become members of one parameter: `body`, or `_json` beside a form. Cookies become the header `Cookie`.
import type { JsonObject, JsonValue, ObjectSchema } from "@deepaas/core";
import { jsonPartName } from "../../routes.ts";
import { branchesOf, isObject, withoutNull } from "../../schema-queries.ts";
import { argForm, typesWithin } from "../arg-form.ts";
import { choicesOf, type SwaggerSchemas } from "./schema.ts";

export interface SwaggerArguments {
  readonly parameters: readonly JsonObject[];
  /** Empty if there is no body. */
  readonly consumes: readonly string[];
}

type ParameterLocation = "query" | "header" | "cookie" | "formData" | "json";

interface Argument {
  readonly name: string;
  readonly field: JsonObject;
  readonly required: boolean;
  readonly location: ParameterLocation;
}

const formTypes = ["multipart/form-data", "application/x-www-form-urlencoded"];

export function swaggerArguments(args: ObjectSchema, schemas: SwaggerSchemas): SwaggerArguments {
  const all = Object.entries(args.properties).map(
    ([name, field]): Argument => ({
      name,
      field,
      required: args.required.includes(name),
      location: locationOf(field, args),
    }),
  );
  const isForm = all.some(({ location }) => location === "formData");
  const json = all.filter(({ location }) => location === "json");
  const cookies = all.filter(({ location }) => location === "cookie");
  const parameters = all.flatMap((argument): JsonObject[] => {
    const { location } = argument;
    if (location === "json")
      return argument === json[0] ? [isForm ? jsonPart(json, schemas) : body(json, schemas)] : [];
    if (location === "cookie") return argument === cookies[0] ? [cookieHeader(cookies, schemas)] : [];
    return [parameter(argument, { args, schemas })];
  });
  const isFile = ({ type, name }: JsonObject) => type === "file" || name === jsonPartName;
  if (isForm) return { parameters, consumes: parameters.some(isFile) ? formTypes.slice(0, 1) : formTypes };
  return { parameters, consumes: json.length > 0 ? ["application/json"] : [] };
}

function locationOf(field: JsonObject, args: ObjectSchema): ParameterLocation {
  const form = argForm(field, args as unknown as JsonObject);
  const { location } = field;
  if (form === "file" || form === "files") return "formData";
  if (location === "json" || form === "json") return "json";
  if (location === "headers") return "header";
  if (location === "cookies") return "cookie";
  return location === "form" || location === "files" ? "formData" : "query";
}

interface About {
  readonly args: ObjectSchema;
  readonly schemas: SwaggerSchemas;
}

function parameter({ name, field, required, location }: Argument, { args, schemas }: About): JsonObject {
  const root = args as unknown as JsonObject;
  const form = argForm(field, root);
  const head = { in: location, name, required };
  if (form === "file") return { ...head, ...saidOf(field), type: "file" };
  if (form === "files") return { ...head, ...saidOf(field, ["Several files may be given."]), type: "file" };
  const nullable = typesWithin(field, root).includes("null") || field.default === null;
  const { value, notes, exact } = form === "texts" ? list(field, root) : scalar(field, root);
  const said = saidOf(field, [...notes, ...(field.default === null ? ["Default: null."] : [])]);
  return {
    ...head,
    ...(form === "texts" && location !== "header" && { collectionFormat: "multi" }),
    ...value,
    ...(nullable && { "x-nullable": true }),
    ...said,
    ...(!exact && { "x-schema": schemas.exact(field) }),
  };
}

interface Said {
  readonly value: JsonObject;
  readonly notes: readonly string[];
  /** False if the parameter expresses less than the field. */
  readonly exact: boolean;
}

function list(field: JsonObject, root: JsonObject): Said {
  const { items, default: value, minItems, maxItems, uniqueItems } = field;
  const item = scalar(isObject(items) ? items : {}, root);
  return {
    value: {
      type: "array",
      ...(Array.isArray(value) && { default: value as JsonValue }),
      ...defined({ minItems, maxItems, uniqueItems }),
      items: item.value,
    },
    notes: item.notes,
    exact: item.exact && !hasOther(field),
  };
}

function scalar(field: JsonObject, root: JsonObject): Said {
  const schema = { ...withoutNull(field), ...(field.default !== undefined && { default: field.default }) };
  const types = typesWithin(field, root).filter((type) => type !== "null");
  const isNumber = types.length > 0 && types.every((type) => type === "integer" || type === "number");
  const single = types.length === 1 ? types[0] : isNumber ? "number" : undefined;
  const type = single ?? "string";
  const choices = choicesOf(schema)?.filter((one) => one !== null);
  const isUnion = branchesOf(schema).length > 0 && choices === undefined;
  const { default: value, format, multipleOf, minLength, maxLength, pattern } = schema as JsonObject;
  const asText = (one: JsonValue): JsonValue =>
    single === undefined && typeof one !== "string" ? JSON.stringify(one) : one;
  const numbers = type === "number" || type === "integer";
  return {
    value: {
      type,
      // Formats with the names that clients of the Python server know.
      ...(typeof format === "string" && single !== undefined && { format: format.replace(/^iso-/, "") }),
      ...(value !== undefined && value !== null && { default: asText(value) }),
      ...(choices && choices.length > 0 && { enum: [...new Set(choices.map(asText))] }),
      ...(numbers && { ...limits(schema), ...defined({ multipleOf }) }),
      ...(type === "string" && defined({ minLength, maxLength, pattern })),
    },
    notes: single === undefined && types.length > 0 ? [`Read as ${types.join(", or else ")}.`] : [],
    exact: (single !== undefined || types.length === 0) && !hasOther(schema) && !isUnion,
  };
}

function limits({ minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below }: JsonObject): JsonObject {
  return {
    ...defined({ minimum, maximum }),
    ...(typeof above === "number" && { minimum: above, exclusiveMinimum: true }),
    ...(typeof below === "number" && { maximum: below, exclusiveMaximum: true }),
  };
}

function body(json: readonly Argument[], schemas: SwaggerSchemas): JsonObject {
  const required = json.some((one) => one.required);
  return { in: "body", name: "body", required, schema: objectOf(json, schemas) };
}

/** Swagger 2.0 cannot express the type of a part. */
function jsonPart(json: readonly Argument[], schemas: SwaggerSchemas): JsonObject {
  const names = json.map(({ name, required }) => `\`${name}\`${required ? " (required)" : ""}`).join(", ");
  return {
    in: "formData",
    name: jsonPartName,
    required: json.some((one) => one.required),
    type: "string",
    description: `A part of type application/json: an object with arguments that text cannot carry.\n\nThere are ${names}.`,
    "x-schema": objectOf(json, schemas),
  };
}

/** All cookies are in one header. */
function cookieHeader(cookies: readonly Argument[], schemas: SwaggerSchemas): JsonObject {
  const lines = cookies.map(({ name, field }) => {
    const about = typeof field.description === "string" ? `: ${field.description}` : "";
    return `- \`${name}\`${about}`;
  });
  return {
    in: "header",
    name: "Cookie",
    required: cookies.some((one) => one.required),
    type: "string",
    description: `Arguments that are read from cookies.\n\n${lines.join("\n")}`,
    "x-schema": objectOf(cookies, schemas),
  };
}

function objectOf(members: readonly Argument[], schemas: SwaggerSchemas): JsonObject {
  const required = members.filter((one) => one.required).map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(members.map(({ name, field }) => [name, schemas.nested(field)])),
    ...(required.length > 0 && { required: required.sort() }),
  };
}

/** The description of a field. Clients show the text up to the first empty line, so notes follow after one. */
function saidOf(field: JsonObject, notes: readonly string[] = []): JsonObject {
  const { description, title, example, examples } = field;
  const [first = example] = Array.isArray(examples) ? (examples as JsonValue[]) : [];
  const texts = [...(typeof description === "string" ? [description] : []), ...notes];
  const extensions = Object.entries(field).flatMap(([key, value]): [string, JsonValue][] =>
    /^x[-_]./.test(key) ? [[key.replaceAll("_", "-"), value]] : [],
  );
  return {
    ...(texts.length > 0 && { description: texts.join("\n\n") }),
    ...defined({ "x-title": title, "x-example": first }),
    ...Object.fromEntries(extensions),
  };
}

const told = new Set([
  ...["type", "format", "default", "enum", "const", "anyOf", "oneOf", "items", "description", "title", "example"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern"],
  ...["minItems", "maxItems", "uniqueItems", "examples", "location", "writeOnly", "readOnly", "$defs", "$id"],
]);

/** True if the field has keywords that a parameter cannot express. */
function hasOther(field: JsonObject): boolean {
  return Object.keys(field).some((key) => !told.has(key) && !/^x[-_]./.test(key));
}

function defined(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}
