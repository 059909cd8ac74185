// `deepaas check`: looks at a model in a process of its own, then serves it by a worker and calls it.
import {
  createHost,
  errorText,
  type Host,
  type JsonObject,
  type ModelDescription,
  type ObjectSchema,
} from "@deepaas/core";
import { workers } from "@deepaas/workers";
import { exampleArgs } from "../example-args.ts";
import { callArgs } from "../given-args.ts";
import { type ModelSource, moduleOf } from "../models/model-source.ts";
import { type Advice, nodeAdvice, pythonAdvice } from "./advice.ts";
import { capturedLog, thrownText } from "./captured-log.ts";
import { checkDeclaration } from "./declaration-findings.ts";
import { type CheckName, type Finding, ok, skipped } from "./finding.ts";
import { packArgs } from "./packed-args.ts";
import { checkPredict, rejectionFindings, type ServedModel } from "./predict-findings.ts";
import { importFindings, isolationFindings, warmFindings } from "./probe-findings.ts";
import { ProbeProcess, type Reply } from "./probe-process.ts";
import { checkTrain } from "./train-findings.ts";
import { type CallArgs, differentCalls, examplesOf, variationsOf } from "./variations.ts";

export interface CheckOptions {
  /** For each step. */
  readonly timeoutMs: number;
  /** For an import, a warm and the start of a worker. Default: `timeoutMs`. */
  readonly startMs?: number;
  readonly predict: boolean;
  readonly train: boolean;
  /** Absent: generated. */
  readonly args?: JsonObject | undefined;
  readonly trainArgs?: JsonObject | undefined;
  /** Called with what is done next. */
  readonly onStep: (step: string) => void;
}

export interface Checked {
  readonly model: string;
  readonly module: string;
  readonly findings: readonly Finding[];
}

/** Default of `limits.graceMs` of a host: how long a training may take to stop. */
const graceMs = 10_000;

export interface CheckedModel {
  readonly name: string;
  readonly source: ModelSource;
}

export async function checkModel({ name, source }: CheckedModel, options: CheckOptions): Promise<Checked> {
  const check = new ModelCheck(name, source, options);
  await check.run();
  return { model: name, module: moduleOf(source), findings: check.findings };
}

/** Arguments of predict, and the schema by which they are varied. */
interface Example {
  readonly schema: ObjectSchema;
  readonly args: CallArgs;
}

interface Calls {
  readonly example: Example | undefined;
  readonly isolated: Reply<"isolate"> | undefined;
  readonly trainArgs: CallArgs | undefined;
}

class ModelCheck {
  readonly findings: Finding[] = [];
  readonly #name: string;
  readonly #source: ModelSource;
  /** Of its module. */
  readonly #path: string;
  readonly #advice: Advice;
  readonly #options: CheckOptions;

  constructor(name: string, source: ModelSource, options: CheckOptions) {
    this.#name = name;
    this.#source = source;
    this.#path = moduleOf(source);
    this.#advice = typeof source === "string" ? nodeAdvice : pythonAdvice;
    this.#options = options;
  }

  async run(): Promise<void> {
    const source = this.#source;
    // What looks at a model from inside is for Node.js.
    if (typeof source !== "string") return this.#serve(undefined, (served) => this.#checkPython(served));
    const probed = await this.#probe();
    if (!probed) return;
    const { description, ...probes } = probed;
    const trainArgs = await this.#trainArgs(description);
    await this.#serve(description, (served) => this.#call(served, { ...probes, trainArgs }));
  }

  async #checkPython(served: ServedModel): Promise<void> {
    const { predictArgs: schema } = served.description;
    this.findings.push(skipped("isolation", "the model is in Python"));
    const args = await this.#predictArgs(served.description);
    const trainArgs = await this.#trainArgs(served.description);
    await this.#call(served, { example: args && { schema, args }, isolated: undefined, trainArgs });
  }

  async #call(served: ServedModel, { example, isolated, trainArgs }: Calls): Promise<void> {
    const { timeoutMs, onStep } = this.#options;
    if (example) {
      onStep("predict");
      const variations = variationsOf(example.schema, example.args);
      const predicted = await checkPredict(served, variations);
      this.findings.push(...predicted.findings);
      if (isolated) this.findings.push(...isolationFindings(isolated, { ...predicted, timeoutMs }));
    }
    if (trainArgs) {
      onStep("train");
      this.findings.push(...(await checkTrain(served, trainArgs, Math.min(graceMs, timeoutMs))));
    }
  }

  /** Returns undefined if a server would not start with the model. */
  async #probe(): Promise<
    | {
        readonly description: ModelDescription;
        readonly example: Example | undefined;
        readonly isolated: Reply<"isolate"> | undefined;
      }
    | undefined
  > {
    const { timeoutMs, startMs = timeoutMs, onStep } = this.#options;
    await using probe = new ProbeProcess();
    onStep("import");
    const imported = await probe.ask("import", { path: this.#path }, startMs);
    this.findings.push(...importFindings(imported));
    if (!imported.ok) return undefined;
    onStep("warm");
    const warm = await probe.ask("warm", {}, startMs);
    this.findings.push(...warmFindings(warm));
    const declared = await probe.ask("declare", {}, startMs);
    if (!declared.ok) {
      if (warm.ok) this.findings.push(fault("contract", declared.fault.message));
      return undefined;
    }
    const { findings, description } = checkDeclaration(this.#name, declared.value);
    this.findings.push(...findings);
    if (!description || !warm.ok) {
      this.#skip("it cannot be served");
      return undefined;
    }
    const example = await this.#accepted(probe, description, await this.#predictArgs(description));
    const isolated = example && description.has.predict ? await this.#isolate(probe, example) : undefined;
    return { description, example, isolated };
  }

  /** Returns the example arguments, or a part of them that the model does not refuse. */
  async #accepted(
    probe: ProbeProcess,
    { has, predictArgs: schema }: ModelDescription,
    args: CallArgs | undefined,
  ): Promise<Example | undefined> {
    if (!args) return undefined;
    const whole = { args, schema };
    if (!has.predict || this.#options.args !== undefined) return whole;
    const examples = examplesOf(schema, args);
    if (examples.length === 1) return whole;
    this.#options.onStep("predict");
    const bases = await Promise.all(examples.map(packArgs));
    const chosen = await probe.ask("choose", { bases }, this.#options.timeoutMs);
    const accepted = chosen.ok ? examples[chosen.value.index] : undefined;
    if (!chosen.ok || !accepted) return whole;
    // With one optional argument: without it the example has been refused.
    const isNeeded = chosen.value.index > 1;
    return { args: accepted, schema: isNeeded ? { ...schema, required: Object.keys(accepted) } : schema };
  }

  async #isolate(probe: ProbeProcess, { schema, args }: Example): Promise<Reply<"isolate">> {
    const calls = differentCalls(schema, args);
    this.#options.onStep("isolation");
    const [first, second] = await Promise.all([packArgs(calls.first), packArgs(calls.second)]);
    const question = { path: this.#path, first, second, ...(calls.marks && { marks: calls.marks }) };
    return probe.ask("isolate", question, this.#options.timeoutMs);
  }

  async #predictArgs({ has, predictArgs }: ModelDescription): Promise<CallArgs | undefined> {
    if (!has.predict && !has.predictStream) return this.#skipOne("predict", "the model has no predict");
    if (!this.#options.predict) return this.#skipOne("predict", "--no-predict");
    return this.#argsFor("predict", predictArgs);
  }

  async #trainArgs({ has, trainArgs }: ModelDescription): Promise<CallArgs | undefined> {
    if (!has.train) return this.#skipOne("train", "the model has no train");
    if (!this.#options.train) return this.#skipOne("train", "--no-train");
    return this.#argsFor("train", trainArgs);
  }

  async #argsFor(check: "predict" | "train", schema: ObjectSchema): Promise<CallArgs | undefined> {
    const isPredict = check === "predict";
    const option = isPredict ? "--args" : "--train-args";
    const given = isPredict ? this.#options.args : this.#options.trainArgs;
    if (given !== undefined) return callArgs(schema, { option, given });
    const { args, missing } = exampleArgs(schema, { optional: true });
    if (missing.length === 0) return args;
    const place = this.#advice[isPredict ? "getPredictArgs" : "getTrainArgs"];
    for (const name of missing) {
      const hint = `give the field examples, or pass arguments with ${option}`;
      const message = "no value was found that the field allows";
      this.findings.push({ check, status: "warning", place: `${place} /${name}`, message, hint });
    }
    return undefined;
  }

  /** Serves the model as `deepaas run` does, with trainings in the same process. Without `description`: that of the worker. */
  async #serve(description: ModelDescription | undefined, work: (served: ServedModel) => Promise<void>): Promise<void> {
    const { timeoutMs, startMs = timeoutMs, onStep } = this.#options;
    onStep("worker");
    const log = capturedLog();
    const grace = Math.min(graceMs, timeoutMs);
    const { logger } = log;
    const modules = { [this.#name]: this.#source };
    const executor = workers({ modules, shared: true, startMs, graceMs: grace, logger });
    let host: Host;
    try {
      host = await createHost({ executor, logger, limits: { graceMs: grace } });
    } catch (error) {
      this.findings.push(fault("worker", `no worker could start: ${errorText(error)}`));
      return;
    }
    this.findings.push(ok("worker", "it can be imported and warmed by a worker"));
    const failing = log.take().find(({ message }) => message.startsWith("get_metadata failed"));
    if (failing) {
      const message = `failed: ${thrownText(failing.fields.err, this.#path)}`;
      const hint = "the model is served without its metadata";
      this.findings.push({ check: "metadata", status: "warning", place: "get_metadata", message, hint });
    }
    try {
      const known = description ?? (await host.describe(this.#name));
      const advice = this.#advice;
      await work({ host, name: this.#name, path: this.#path, description: known, log, timeoutMs, advice });
    } finally {
      log.take();
      await host.close({ drainMs: 0 });
    }
    this.findings.push(...rejectionFindings(log, this.#path));
    const failed = log.take().find(({ message }) => message === "the model failed to close");
    if (failed) this.findings.push(fault("close", `failed: ${thrownText(failed.fields.err, this.#path)}`, "close"));
  }

  #skip(reason: string): void {
    this.#skipOne("predict", reason);
    this.#skipOne("train", reason);
  }

  #skipOne(check: "predict" | "train", reason: string): undefined {
    this.findings.push(skipped(check, reason));
  }
}

function fault(check: CheckName, message: string, place = ""): Finding {
  return { check, status: "error", place, message, hint: "deepaas run would have the same fault" };
}
