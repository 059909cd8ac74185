// The arguments of a model on the command line: `--top 3 --image @x.png --no-explain`.
import { readFile } from "node:fs/promises";
import {
  DeepaasError,
  isObject,
  type JsonObject,
  type JsonValue,
  type ModelFile,
  type ObjectSchema,
} from "@deepaas/core";
import { type ReadArgs, readArgs } from "@deepaas/protocol";
import { CliError } from "../cli-error.ts";
import { didYouMean } from "../nearest.ts";
import { fieldKind } from "./field-kind.ts";
import { fileFromArgument } from "./file-argument.ts";

/** What the options of a command say about the arguments, besides the tokens. */
export interface GivenArgs {
  /** `name=value` of each `--arg`. */
  readonly pairs: readonly string[];
  /** JSON of all arguments, or `@` and the path of such a file. */
  readonly json: string | undefined;
}

type Schema = ObjectSchema;

/**
 * Returns the arguments as the server reads them from a form: text is converted to the declared type, and what does not fit is left
 * for the validation of the service. Throws a CliError for an argument that the model does not have.
 */
export async function argsFromTokens(
  schema: Schema,
  tokens: readonly string[],
  { pairs, json }: GivenArgs,
): Promise<ReadArgs> {
  const form = new Map<string, string[]>();
  const files = new Map<string, ModelFile[]>();
  const exact: Record<string, JsonValue> = json === undefined ? {} : { ...(await objectFrom(json)) };
  for (const [name, value] of [...pairs.map(splitPair), ...splitTokens(schema, tokens)]) {
    const field = schema.properties[name] as JsonObject;
    const kind = fieldKind(field);
    if (kind.isFile) add(files, name, await fileFromArgument(name, value));
    else if (kind.isSecret && value.startsWith("@")) add(form, name, (await textIn(name, value.slice(1))).trimEnd());
    else {
      const literal = kind.takesJson(value) ? jsonFrom(name, value) : undefined;
      if (literal === undefined) add(form, name, value);
      else exact[name] = literal;
    }
  }
  return readArgs(withoutLocations(schema), { form, files, exact });

  function splitPair(pair: string): readonly [string, string] {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === "")
      throw new CliError("invalid_args", `--arg must be a name, = and a value, not ${JSON.stringify(pair)}`);
    return [knownName(schema, name), value];
  }
}

/** Options of the command line to pairs of an argument and its text. */
function splitTokens(schema: Schema, tokens: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as string;
    const [, given, value] = /^--([^=]+)(?:=(.*))?$/s.exec(token) ?? [];
    if (given === undefined) {
      throw new CliError("invalid_args", `unexpected ${JSON.stringify(token)}`, {
        hint: "the model comes first, then its arguments as --name value",
      });
    }
    const off =
      given.startsWith("no-") && nameOf(schema, given) === undefined ? nameOf(schema, given.slice(3)) : undefined;
    if (off !== undefined && fieldKind(schema.properties[off] as JsonObject).isBoolean) {
      pairs.push([off, "false"]);
      continue;
    }
    const name = knownName(schema, given);
    if (value !== undefined) {
      pairs.push([name, value]);
      continue;
    }
    const next = tokens[i + 1];
    const { isBoolean } = fieldKind(schema.properties[name] as JsonObject);
    if (isBoolean && !/^(?:true|false|yes|no|on|off|[01])$/i.test(next ?? "")) pairs.push([name, "true"]);
    else if (next === undefined) throw new CliError("invalid_args", `--${given} needs a value`);
    else {
      pairs.push([name, next]);
      i++;
    }
  }
  return pairs;
}

/** `--learning-rate` also names the argument `learning_rate`. */
function nameOf({ properties }: Schema, given: string): string | undefined {
  return [given, given.replaceAll("-", "_")].find((name) => Object.hasOwn(properties, name));
}

function knownName(schema: Schema, given: string): string {
  const name = nameOf(schema, given);
  if (name !== undefined) return name;
  const known = Object.keys(schema.properties);
  throw new CliError("invalid_args", `the model has no argument ${given}${didYouMean(given, known)}`, {
    hint: known.length === 0 ? "it has none" : `its arguments are ${known.join(", ")}`,
  });
}

async function objectFrom(given: string): Promise<JsonObject> {
  const text = given.startsWith("@") ? await textIn("args", given.slice(1)) : given;
  const value = jsonFrom("args", text);
  if (isObject(value)) return value as JsonObject;
  throw new CliError("invalid_args", "--args must be a JSON object");
}

function jsonFrom(name: string, text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new CliError("invalid_args", `--${name} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

async function textIn(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new DeepaasError("invalid_args", `--${name}: ${path} cannot be read.`, { cause: error });
  }
}

/** The places of an HTTP request mean nothing here. */
function withoutLocations(schema: Schema): Schema {
  const fields = Object.entries(schema.properties).map(([name, { location: _location, ...field }]) => [name, field]);
  return { ...schema, properties: Object.fromEntries(fields) as Schema["properties"] };
}

function add<T>(map: Map<string, T[]>, name: string, value: T): void {
  const values = map.get(name);
  if (values) values.push(value);
  else map.set(name, [value]);
}
