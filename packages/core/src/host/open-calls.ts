// The calls that are under way.
import type { PredictCall } from "./predict-call.ts";

/**
 * Not a Set: one that grows and shrinks all the time makes a table after the other, each of which refers to the next, and
 * the collector of young objects then keeps every call, with its request, until the next full collection.
 */
export class OpenCalls implements Iterable<PredictCall> {
  readonly #calls: PredictCall[] = [];

  get size(): number {
    return this.#calls.length;
  }

  add(call: PredictCall): void {
    call.place = this.#calls.length;
    this.#calls.push(call);
  }

  /** `call` must be there. */
  delete(call: PredictCall): void {
    const last = this.#calls.pop() as PredictCall;
    if (last === call) return;
    last.place = call.place;
    this.#calls[call.place] = last;
  }

  [Symbol.iterator](): Iterator<PredictCall> {
    return [...this.#calls].values();
  }
}
