// One call of each method, for the cases that are made from the table of rules. A new method does not compile without one.
import { type CallOptions, DeepaasError, type ErrorCode, type ModelService } from "@deepaas/core";
import { collect, take } from "../expect.ts";

export interface Target {
  readonly model: string;
  readonly run: string;
}

type MethodCall = (service: ModelService, target: Target, options: CallOptions) => Promise<unknown>;

export const methodCalls: Readonly<Record<keyof ModelService, MethodCall>> = {
  status: (service, _target, options) => service.status(options),
  stats: (service, _target, options) => service.stats(options),
  models: (service, _target, options) => service.models(options),
  describe: (service, { model }, options) => service.describe(model, options),
  predict: (service, { model }, options) => service.predict(model, { text: "x" }, options),
  predictStream: (service, { model }, options) => take(service.predictStream(model, {}, options), 1),
  train: (service, { model }, options) => service.train(model, {}, options),
  run: (service, { run }, options) => service.run(run, options),
  runs: (service, { model }, options) => service.runs({ model }, options),
  watch: (service, { run }, options) => collect(service.watch(run, options)),
  metrics: (service, { run }, options) => service.metrics(run, options),
  artifact: (service, { run }, options) => service.artifact(run, "notes.txt", options),
  grant: (service, { run }, options) => service.grant(run, { ...options, seconds: 60 }),
  cancel: (service, { run }, options) => service.cancel(run, options),
  remove: (service, { run }, options) => service.remove(run, options),
  versions: (service, { model }, options) => service.versions(model, options),
  serveVersion: (service, { model }, options) => service.serveVersion(model, 0, options),
  // Refused by the host: version 0 is the shipped one.
  removeVersion: (service, { model }, options) => service.removeVersion(model, 0, options),
};

/** The model that can answer the method, of those of `ruleModels`. */
export function modelFor(method: keyof ModelService): string {
  if (method === "predict") return "echo";
  return method === "predictStream" ? "stream" : "trainer";
}

export const ruleModels = ["echo", "stream", "trainer"] as const;

const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "unauthenticated",
  "permission_denied",
  "not_found",
  "already_exists",
]);

/** Returns the error with which the policy refused the call. Undefined: the call reached the service behind it. */
export async function refusalOf(call: Promise<unknown>): Promise<DeepaasError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!DeepaasError.is(error)) throw error;
    return refusals.has(error.code) ? error : undefined;
  }
}
