// What an operator sees of `deepaas run`.
import type { Setting } from "./setting.ts";

export const observeSettings = {
  metrics: {
    flag: "--no-metrics",
    env: "DEEPAAS_METRICS",
    type: "boolean",
    default: true,
    help: "no metrics at /metrics",
  },
  metricsPort: {
    flag: "--metrics-port <port>",
    env: "DEEPAAS_METRICS_PORT",
    type: "integer",
    minimum: 0,
    maximum: 65_535,
    withoutDefault: "that of the API",
    help: "port of the metrics, by HTTP and without a token; 0: any free port",
    details: "Then they are not on the port of the API.",
    conflicts: ["metrics"],
  },
  metricsIp: {
    flag: "--metrics-ip <ip>",
    env: "DEEPAAS_METRICS_IP",
    type: "string",
    default: "127.0.0.1",
    help: "address of the port of the metrics",
  },
} as const satisfies Readonly<Record<string, Setting>>;
