// The few expectations that the cases share.
import assert from "node:assert/strict";
import { DeepaasError, type ErrorCode } from "@deepaas/core";

/** The error that `promise` rejects with: a DeepaasError of this code. */
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
  return assert.fail(`Expected ${code}, but it gave ${JSON.stringify(value)}`);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The first `count`, and then leaves. */
export async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (all.length >= count) break;
  }
  return all;
}

/** What the iterable gives until `found`, that item included. */
export async function takeUntil<T>(items: AsyncIterable<T>, found: (item: T) => boolean): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
    if (found(item)) return all;
  }
  return assert.fail(`It ended before that, after ${JSON.stringify(all)}`);
}
