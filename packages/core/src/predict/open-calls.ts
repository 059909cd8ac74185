import type { CallScope } from "./call-scope.ts";

/**
 * The calls in progress. An array and not a Set: V8 keeps the old tables of a Set that grows and shrinks all the time linked
 * to each other, and through them every finished call with its request, until the next full garbage collection.
 */
export class OpenCalls implements Iterable<CallScope> {
  readonly #calls: CallScope[] = [];

  get size(): number {
    return this.#calls.length;
  }

  add(call: CallScope): void {
    call.index = this.#calls.length;
    this.#calls.push(call);
  }

  /** `call` must have been added. */
  delete(call: CallScope): void {
    const last = this.#calls.pop() as CallScope;
    if (last === call) return;
    last.index = call.index;
    this.#calls[call.index] = last;
  }

  [Symbol.iterator](): Iterator<CallScope> {
    return [...this.#calls].values();
  }
}
