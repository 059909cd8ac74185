import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { CallScope } from "./call-scope.ts";

const listeners = ({ signal }: AbortController) => getEventListeners(signal, "abort").length;

function guarded(controller: AbortController) {
  const call = new CallScope({ caller: { id: "ann", signal: controller.signal } });
  call.guard(undefined);
  return { call, stop: () => call.unguard() };
}

test("all open calls of a caller end with its credentials, and have one listener", () => {
  const [ann, bob] = [new AbortController(), new AbortController()];
  const calls = [guarded(ann), guarded(ann), guarded(bob)].map(({ call }) => call);
  const over = guarded(ann);
  over.stop();
  expect([ann, bob].map(listeners)).toEqual([1, 1]);
  ann.abort(new Error("revoked"));
  expect([...calls, over.call].map(({ ended }) => ended)).toEqual([true, true, false, false]);
  expect(guarded(ann).call.ended).toBe(true);
});

test("the listener is gone with the last open call, and comes with the next one", () => {
  const ann = new AbortController();
  const [first, second] = [guarded(ann), guarded(ann)];
  first.stop();
  first.stop();
  expect(listeners(ann)).toBe(1);
  second.stop();
  expect(listeners(ann)).toBe(0);
  const third = guarded(ann);
  expect(listeners(ann)).toBe(1);
  ann.abort(new Error("revoked"));
  expect([first, second, third].map(({ call }) => call.ended)).toEqual([false, false, true]);
});
