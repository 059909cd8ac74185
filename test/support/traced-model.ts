// A model that makes a span of its own, and whose training ends its process in the first attempt.
import type { TrainContext } from "@deepaas/core";
import { trace } from "@opentelemetry/api";

const tracer = trace.getTracer("traced-model");

export default class TracedModel {
  async predict() {
    return tracer.startActiveSpan("own work", async (span) => {
      await new Promise(setImmediate);
      span.end();
      return process.pid;
    });
  }

  async train(_args: object, run: TrainContext) {
    if (run.attempt === 1) {
      await run.checkpoint({ step: 1 });
      process.kill(process.pid, "SIGKILL");
    }
    await new Promise(setImmediate);
    tracer.startSpan("own training").end();
    return process.pid;
  }
}
