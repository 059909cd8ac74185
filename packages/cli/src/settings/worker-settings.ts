// The options of `deepaas run` for the processes that run the models.
import type { Setting } from "./setting.ts";

export const workerSettings = {
  workers: {
    flag: "--workers <number>",
    env: "DEEPAAS_WORKERS",
    type: "integer",
    default: 1,
    minimum: 1,
    maximum: 1_024,
    help: "processes that predict, one call at a time each",
  },
  trainWorkers: {
    flag: "--train-workers <number>",
    env: "DEEPAAS_TRAIN_WORKERS",
    type: "integer",
    default: 1,
    minimum: 1,
    maximum: 1_024,
    help: "processes that train, one run at a time each",
    details: "They are started when they are needed.",
  },
  sharedWorkers: {
    flag: "--shared-workers",
    env: "DEEPAAS_SHARED_WORKERS",
    type: "boolean",
    default: false,
    help: "train in the processes that predict: one copy of the weights each",
  },
  devices: {
    flag: "--devices <ids>",
    env: "DEEPAAS_DEVICES",
    type: "string",
    pattern: /[\w:/.-]+(?:,[\w:/.-]+)*/,
    patternText: "ids of GPUs, separated by commas, such as 0,1",
    withoutDefault: "every process sees all GPUs",
    help: "GPUs, of which each process sees one: its `CUDA_VISIBLE_DEVICES`",
    details:
      "They are given in turn, first to the processes that predict. A process that is started again has the same.",
  },
} as const satisfies Readonly<Record<string, Setting>>;
