// The command line of the Python system, `deepaas-cli`: one method of a model in this process.
import { extname } from "node:path";
import { DeepaasError, isModelFile, type JsonValue, type ModelFile, type ObjectSchema } from "@deepaas/core";
import { toV2Training } from "@deepaas/protocol";
import { argsFromTokens } from "../args/arg-tokens.ts";
import { CliError } from "../cli-error.ts";
import { openModel } from "../service/open-model.ts";
import { writeResult } from "../terminal/output.ts";

const methods = ["get_metadata", "warm", "predict", "train"] as const;
type Method = (typeof methods)[number];

interface Call {
  readonly method: Method;
  readonly model: string | undefined;
  /** File for the result. */
  readonly output: string | undefined;
  /** The arguments of the model. */
  readonly tokens: readonly string[];
}

const usage = `usage: deepaas-cli [--model-name NAME] [--deepaas_method_output FILE] {${methods.join(",")}} [--arg VALUE ...]`;

/** Rejects with a CliError for wrong usage, and as the model does. */
export async function deepaasCli(args: readonly string[]): Promise<void> {
  if (args.includes("-h") || args.includes("--help")) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const { method, model: given, output, tokens } = callFrom(args);
  await using opened = await openModel(
    { dataDir: "" },
    { given, configured: new Map(), store: "none", isolated: method === "train" },
  );
  const { service, model } = opened;
  const description = await service.describe(model);
  const argsOf = (schema: ObjectSchema) => {
    // The Python command takes `--accept` for every model.
    const known = Object.hasOwn(schema.properties, "accept") ? tokens : withoutOption(tokens, "--accept");
    return argsFromTokens(schema, known, { pairs: [], json: undefined });
  };
  log(`${method} was called.`);
  if (method === "warm") return;
  if (method === "get_metadata") return await finish(description.metadata, output);
  if (method === "predict")
    return await finish(await service.predict(model, await argsOf(description.predictArgs)), output);
  const { id } = await service.train(model, await argsOf(description.trainArgs));
  for await (const event of service.watch(id)) if (event.type === "log") log(event.text);
  const run = await service.run(id);
  if (run.state !== "succeeded")
    throw DeepaasError.from(run.error ?? { code: "internal", message: `The training is ${run.state}.` });
  return await finish(toV2Training(run) as unknown as JsonValue, output);
}

/** The name of the model may also stand in the environment, as for the Python command. */
function callFrom(args: readonly string[]): Call {
  let model = process.env.DEEPAAS_V2_MODEL || undefined;
  let output: string | undefined;
  let method: Method | undefined;
  const tokens: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const [name, value] = arg.startsWith("--") ? (arg.split(/=(.*)/s) as [string, string?]) : [arg];
    if (name === "--deepaas_method_output") output = value ?? args[++i];
    else if (name === "--model-name") model = value ?? args[++i];
    else if (/^--(?:no)?deepaas_with_multiprocessing$/.test(name) || /^--(?:no)?(?:debug|warm)$/.test(name)) continue;
    else if (method === undefined && (methods as readonly string[]).includes(arg)) method = arg as Method;
    else if (method === undefined) throw new CliError("invalid_args", `there is no method ${arg}`, { hint: usage });
    else tokens.push(arg);
  }
  if (method === undefined) throw new CliError("invalid_args", "a method is missing", { hint: usage });
  return { method, model, output, tokens };
}

function withoutOption(tokens: readonly string[], option: string): readonly string[] {
  const at = tokens.indexOf(option);
  return at < 0 ? tokens.filter((token) => !token.startsWith(`${option}=`)) : tokens.toSpliced(at, 2);
}

/** Scripts look for the JSON behind `return:`. */
async function finish(value: JsonValue | ModelFile, output: string | undefined): Promise<void> {
  if (!isModelFile(value)) log(`return: ${JSON.stringify(value)}`);
  if (output === undefined) {
    if (isModelFile(value)) await writeResult(value, { json: true });
    return;
  }
  const isJson = !isModelFile(value) && extname(output) !== ".json";
  const file = isJson ? `${output}.json` : output;
  if (isJson) process.stderr.write(`deepaas-cli: the result is JSON, so it is written to ${file}\n`);
  await writeResult(value, { output: file, json: true });
  log(`Output is saved in ${file}`);
}

function log(text: string): void {
  const time = new Date().toISOString().replace("T", " ").replace("Z", "");
  process.stdout.write(`${time} ${process.pid} INFO deepaas.cmd.cli [-] ${text}\n`);
}
