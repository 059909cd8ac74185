import { expect, test } from "vitest";
import { DeepaasError } from "../contract/error.ts";
import { endStream } from "./end-stream.ts";

test("a stream frees its slot after its items, also if they fail", async () => {
  const order: unknown[] = [];
  const items = {
    next: async () => ({ done: true as const, value: undefined }),
    async return() {
      order.push("items");
      throw new Error("in the end");
    },
  };
  await endStream(
    items,
    Promise.resolve((failed: boolean) => order.push(failed)),
    true,
  );
  expect(order).toEqual(["items", true]);
});

test("a stream that got no slot ends without a rejection", async () => {
  const full = Promise.reject(new DeepaasError("overloaded", "1 calls are already waiting."));
  await expect(endStream(undefined, full, true)).resolves.toBeUndefined();
  await endStream(undefined, undefined, false);
});
