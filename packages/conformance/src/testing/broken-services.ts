// Services, each broken in one way, with the requirement that it violates.
import type { ModelService } from "@deepaas/core";
import { cutService } from "../faults/cut-service.ts";
import type { Broken } from "./broken.ts";
import { brokenCallers } from "./broken-callers.ts";
import { brokenValues } from "./broken-values.ts";

export const brokenServices: readonly Broken<ModelService>[] = [
  ...brokenValues,
  ...brokenCallers,
  ["drops its watchers", "watch.all", (service) => cutService(service, { afterEvents: 2 })],
  [
    "ends a watch early",
    "watch.ends",
    (service) => ({
      ...service,
      async *watch(id, options) {
        for await (const event of service.watch(id, options)) if (event.type !== "succeeded") yield event;
      },
    }),
  ],
  [
    "starts each watch at the beginning",
    "watch.after",
    (service) => ({
      ...service,
      watch: (id, { after: _after, ...options } = {}) => service.watch(id, options),
    }),
  ],
  [
    "starts a run twice",
    "train.idempotent",
    (service) => ({
      ...service,
      train: (model, args, { runId: _id, ...options } = {}) => service.train(model, args, options),
    }),
  ],
  [
    "ignores an abort",
    "call.abort",
    (service) => ({
      ...service,
      predict: (model, args, { signal: _signal, ...options } = {}) => service.predict(model, args, options),
    }),
  ],
  [
    "drops the traceparent",
    "call.trace",
    (service) => ({
      ...service,
      predictStream: (model, args, { traceparent: _trace, ...options } = {}) =>
        service.predictStream(model, args, options),
    }),
  ],
  [
    "reads the whole stream first",
    "stream.live",
    (service) => ({
      ...service,
      async *predictStream(model, args, options) {
        yield* await Array.fromAsync(service.predictStream(model, args, options));
      },
    }),
  ],
  [
    "answers a cancel without an effect",
    "cancel.running",
    (service) => ({ ...service, cancel: (id) => service.run(id) }),
  ],
  [
    "converts files to text",
    "args.file",
    (service) => ({
      ...service,
      predict: (model, args, options) => service.predict(model, JSON.parse(JSON.stringify(args)), options),
    }),
  ],
  [
    "drops an invalid argument",
    "args.invalid.all",
    (service) => ({
      ...service,
      predict: (model, args, options) => service.predict(model, { ...(args as object), when: undefined }, options),
    }),
  ],
];
