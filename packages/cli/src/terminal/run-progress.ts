// What the events of a run say about its progress: step, rate, time left and metrics.
import type { MetricValue, RunEvent } from "@deepaas/core";

/** Time over which the rate is measured, in seconds. */
const rateSeconds = 30;
const maxPoints = 2_000;

export class RunProgress {
  step: number | undefined;
  total: number | undefined;
  message: string | undefined;
  attempt = 0;
  readonly metrics: Record<string, MetricValue> = {};
  /** Of the first metric that was reported. */
  mainName: string | undefined;
  readonly mainValues: number[] = [];
  readonly #steps: { readonly step: number; readonly seconds: number }[] = [];

  add(event: RunEvent): void {
    if (event.type === "started") {
      this.attempt = event.attempt;
      // Another attempt goes back to its checkpoint.
      this.#steps.length = 0;
    }
    if (event.type !== "progress") return;
    const { step, total, metrics = {}, message } = event;
    if (total !== undefined) this.total = total;
    if (message !== undefined) this.message = message;
    if (step !== undefined) this.#addStep(step, Date.parse(event.at) / 1_000);
    Object.assign(this.metrics, metrics);
    this.mainName ??= Object.keys(metrics)[0];
    const value = this.mainName === undefined ? undefined : metrics[this.mainName];
    if (typeof value !== "number") return;
    this.mainValues.push(value);
    // Every second value of the older half is enough for a line of text.
    if (this.mainValues.length > maxPoints)
      this.mainValues.splice(0, maxPoints, ...this.mainValues.slice(0, maxPoints).filter((_, i) => i % 2 === 1));
  }

  /** Between 0 and 1. Undefined without a total. */
  get fraction(): number | undefined {
    const { step, total } = this;
    return step === undefined || total === undefined || total <= 0 ? undefined : Math.min(1, Math.max(0, step / total));
  }

  /** Steps per second. Undefined until there are two. */
  get rate(): number | undefined {
    const [first] = this.#steps;
    const last = this.#steps.at(-1);
    if (first === undefined || last === undefined || last.seconds <= first.seconds || last.step <= first.step)
      return undefined;
    return (last.step - first.step) / (last.seconds - first.seconds);
  }

  /** Seconds until the last step. */
  get secondsLeft(): number | undefined {
    const { step, total, rate } = this;
    return step === undefined || total === undefined || rate === undefined
      ? undefined
      : Math.max(0, (total - step) / rate);
  }

  #addStep(step: number, seconds: number): void {
    this.step = step;
    if (step < (this.#steps.at(-1)?.step ?? 0)) this.#steps.length = 0;
    this.#steps.push({ step, seconds });
    while (this.#steps.length > 2 && (this.#steps[0]?.seconds ?? 0) < seconds - rateSeconds) this.#steps.shift();
    if (this.#steps.length > maxPoints) this.#steps.splice(1, 1);
  }
}
