// Arguments that somebody gives on the command line as JSON, in place of generated ones.
import { DeepaasError, type JsonObject, type ModelFile, modelFile, type ObjectSchema } from "@deepaas/core";
import { argsValidator, isFileSchema } from "@deepaas/core/ports";
import { fileFromArgument } from "./args/file-argument.ts";
import { CliError } from "./cli-error.ts";
import { type ExampleValue, exampleArgs } from "./example-args.ts";

export interface ArgsSource {
  /** The option, such as `--args`. */
  readonly option: string;
  /** Absent: the arguments are generated. */
  readonly given: JsonObject | undefined;
}

/**
 * Returns the arguments of the option, or else an example for each argument. A file is given as the path of one. Rejects with
 * exit code 2 if the schema refuses them or if there is no example for a required argument.
 */
export async function callArgs(
  schema: ObjectSchema,
  { option, given }: ArgsSource,
): Promise<Readonly<Record<string, ExampleValue>>> {
  if (given === undefined) {
    const { args, missing } = exampleArgs(schema, { optional: true });
    if (missing.length === 0) return args;
    throw new CliError("invalid_args", `no example was found for ${missing.join(", ")}`, {
      hint: `pass the arguments with ${option}, or give the field examples`,
    });
  }
  const args: Record<string, ExampleValue> = {};
  for (const [name, value] of Object.entries(given)) {
    const field = schema.properties[name] ?? {};
    if (isFileSchema(field)) args[name] = await fileFrom(option, name, value);
    else if (isFileSchema(field.items)) {
      args[name] = await Promise.all([value].flat().map((one) => fileFrom(option, name, one)));
    } else args[name] = value;
  }
  try {
    argsValidator(schema, "reject")(args);
  } catch (error) {
    if (!DeepaasError.is(error)) throw error;
    const issues = error.issues?.map(({ pointer, message }) => `${pointer}: ${message}`).join(" ") ?? error.message;
    throw new CliError("invalid_args", `${option}: ${issues}`);
  }
  return args;
}

async function fileFrom(option: string, name: string, value: unknown): Promise<ModelFile> {
  if (typeof value !== "string") throw new CliError("invalid_args", `${option}: ${name} must be the path of a file`);
  const { contentType, originalFilename = "", ...file } = await fileFromArgument(option.replace(/^--/, ""), value);
  // In memory, because several calls read it.
  return modelFile(await file.bytes(), { contentType, originalFilename });
}
