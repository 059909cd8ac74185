// Expectations that the cases share.
import assert from "node:assert/strict";
import { DeepaasError, type ErrorCode } from "@deepaas/core";

/** Returns the error of `promise`, which must reject with a DeepaasError of this code. */
export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<DeepaasError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (!DeepaasError.is(error)) throw new Error(`Expected a DeepaasError, not ${String(error)}`, { cause: error });
    assert.equal(error.code, code, error.message);
    assert.notEqual(error.message, "");
    return error;
  }
  return assert.fail(`Expected an error with the code ${code}, got the value ${JSON.stringify(value)}`);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Returns the first `count` items and ends the iteration. */
export async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length >= count) break;
  }
  return all;
}

/** Returns the items up to the first one that matches, which is included. */
export async function takeUntil<T>(items: AsyncIterable<T>, matches: (item: T) => boolean): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (matches(item)) return all;
  }
  return assert.fail(`No item matches: ${JSON.stringify(all)}`);
}
