// The calls that are under way.
import type { CallScope } from "./call-scope.ts";

/**
 * Not a Set: one that grows and shrinks all the time makes a table after the other, each of which refers to the next, and
 * the collector of young objects then keeps every call, with its request, until the next full collection.
 */
export class OpenCalls implements Iterable<CallScope> {
  readonly #calls: CallScope[] = [];

  get size(): number {
    return this.#calls.length;
  }

  add(call: CallScope): void {
    call.place = this.#calls.length;
    this.#calls.push(call);
  }

  /** `call` must be there. */
  delete(call: CallScope): void {
    const last = this.#calls.pop() as CallScope;
    if (last === call) return;
    last.place = call.place;
    this.#calls[call.place] = last;
  }

  [Symbol.iterator](): Iterator<CallScope> {
    return [...this.#calls].values();
  }
}
