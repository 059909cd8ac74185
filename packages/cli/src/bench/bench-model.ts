// `deepaas bench`: serves a model, makes load with more and more callers, and returns what was measured.
import { errorText, type JsonObject, type ModelDescription } from "@deepaas/core";
import { ownMediaType, schemaPath } from "@deepaas/protocol";
import { CliError } from "../cli-error.ts";
import { callArgs } from "../given-args.ts";
import { type ModelSource, moduleOf } from "../models/model-source.ts";
import { authorization, type ServerAddress } from "../service/connect.ts";
import { type BenchRequest, benchRequest } from "./bench-request.ts";
import type { Level, Measured } from "./bench-result.ts";
import { Latencies } from "./latencies.ts";
import { LocalServer } from "./local-server.ts";
import type { Usage } from "./process-tree.ts";
import { type LoadResult, runLoad } from "./run-load.ts";

export interface BenchOptions {
  readonly callers: readonly number[];
  /** Of each measurement. */
  readonly ms: number;
  /** Absent: generated. */
  readonly args?: JsonObject | undefined;
}

/** A model that is served here, from its module, or by a running server. */
export type BenchTarget =
  | { readonly name: string; readonly source: ModelSource; readonly workers: number; readonly inline: boolean }
  /** `url`: without a slash at its end. */
  | { readonly name: string; readonly url: string; readonly token?: string | undefined };

export interface BenchHooks {
  /** An abort ends the measurement; what was measured is kept. */
  readonly signal: AbortSignal;
  /** Called with what is measured next. */
  readonly onStep: (step: string) => void;
}

/** Time for the one call before the measurements. */
const firstCallMs = 60_000;
const maxWarmUpMs = 1_000;

interface ServedModel {
  readonly url: string;
  readonly description: ModelDescription;
  readonly token?: string | undefined;
  readonly usage?: () => Promise<Usage | undefined>;
}

export async function benchModel(target: BenchTarget, options: BenchOptions, hooks: BenchHooks): Promise<Measured> {
  const levels: Level[] = [];
  const { name } = target;
  const seconds = options.ms / 1_000;
  if ("url" in target) {
    const { url, token } = target;
    const served = { url, token, description: await describeServed({ url, token }, name) };
    await measureLevels(served, { options, hooks, batching: undefined }, levels);
    return { model: name, url, seconds, levels };
  }
  const { source, workers, inline } = target;
  const measured = { model: name, module: moduleOf(source), seconds, ...(inline ? { inline } : { workers }), levels };
  for (const batching of [true, false]) {
    if (hooks.signal.aborted) break;
    hooks.onStep("starting the server");
    let server: Awaited<ReturnType<typeof LocalServer.start>>;
    try {
      server = await LocalServer.start({ name, source, workers, inline, batching }, hooks.signal);
    } catch (error) {
      if (hooks.signal.aborted) break;
      throw error;
    }
    await using serving = server;
    const { description } = serving;
    const canBatch = description.has.predictBatch;
    const served = { url: serving.url, description, usage: () => serving.usage() };
    const kind = { options, hooks, batching: canBatch ? batching : undefined };
    const reason = () => serving.modelError;
    await measureLevels(served, { ...kind, reason }, levels);
    if (!canBatch) break;
  }
  return measured;
}

interface Series {
  readonly options: BenchOptions;
  readonly hooks: BenchHooks;
  /** Undefined: the model has no `predictBatch`, or it is not known. */
  readonly batching: boolean | undefined;
  /** What the model threw. */
  readonly reason?: () => string | undefined;
}

async function measureLevels(served: ServedModel, series: Series, levels: Level[]): Promise<void> {
  const { options, hooks, batching } = series;
  const { description, url, token, usage } = served;
  if (!description.has.predict && !description.has.predictStream) {
    throw new CliError("invalid_args", `${description.metadata.servedAs} has no predict`, {
      hint: "only calls of predict are measured",
    });
  }
  const args = await callArgs(description.predictArgs, { option: "--args", given: options.args });
  const request = await benchRequest({ url, token }, description, args);
  await callOnce(request, series);
  for (const callers of options.callers) {
    if (hooks.signal.aborted) return;
    const kind = batching === undefined ? "" : ` with batching ${batching ? "on" : "off"}`;
    hooks.onStep(`${callers} caller${callers === 1 ? "" : "s"}${kind}`);
    const warmUpMs = Math.min(maxWarmUpMs, options.ms / 3);
    const load = { ...request, callers, ms: options.ms, warmUpMs };
    const result = await runLoad(load, { signal: hooks.signal, ...(usage && { usage }) });
    if (result && result.ms > 0) levels.push(toLevel(callers, batching, result));
  }
}

/** Fails before anything is measured if the model refuses the arguments or is not there. */
async function callOnce({ url, headers, body }: BenchRequest, { hooks, reason }: Series): Promise<void> {
  const signal = AbortSignal.any([hooks.signal, AbortSignal.timeout(firstCallMs)]);
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal });
    ({ status } = response);
    text = await response.text();
  } catch (error) {
    if (hooks.signal.aborted) return;
    throw new CliError("unavailable", `${url}: the first call failed: ${causeText(error)}`, { cause: error });
  }
  if (status < 400) return;
  const refused = status === 422 || status === 400;
  const why = (!refused && reason?.()) || detailOf(text);
  throw new CliError(refused ? "invalid_args" : "failed_precondition", `the first call failed: ${why}`, {
    hint: "pass other arguments with --args, or see what deepaas check says",
  });
}

function causeText(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return errorText(cause ?? error);
}

function detailOf(text: string): string {
  try {
    const { detail, code } = JSON.parse(text) as { readonly detail?: unknown; readonly code?: unknown };
    if (typeof detail === "string") return typeof code === "string" ? `${code}: ${detail}` : detail;
  } catch {
    // A server of another kind.
  }
  return text.trim().split("\n", 1)[0]?.slice(0, 200) || "the answer is empty";
}

async function describeServed({ url, token }: ServerAddress, model: string): Promise<ModelDescription> {
  const at = url + schemaPath(model);
  try {
    const headers = { accept: `${ownMediaType}, application/json;q=0.9`, ...authorization(token) };
    const response = await fetch(at, { headers, signal: AbortSignal.timeout(firstCallMs) });
    if (response.status === 404) throw new CliError("not_found", `${url} serves no model ${model}`);
    if (!response.ok) throw new CliError("failed_precondition", `${at}: status ${response.status}`);
    return (await response.json()) as ModelDescription;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError("unavailable", `${at}: ${causeText(error)}`, { cause: error });
  }
}

function toLevel(callers: number, batching: boolean | undefined, result: LoadResult): Level {
  const { ms, counts, errors, cpuMs, serverCpuMs, serverRssBytes } = result;
  const latencies = new Latencies(counts);
  const at = (part: number) => round(latencies.percentile(part));
  return {
    callers,
    ...(batching !== undefined && { batching }),
    calls: latencies.count,
    seconds: round(ms / 1_000),
    callsPerSecond: round(latencies.count / (ms / 1_000)),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    errors,
    loadCpu: round(cpuMs / ms),
    ...(serverCpuMs !== undefined && { cpu: round(serverCpuMs / ms) }),
    ...(serverRssBytes !== undefined && { rssBytes: serverRssBytes }),
  };
}

/** Three decimals. */
function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
