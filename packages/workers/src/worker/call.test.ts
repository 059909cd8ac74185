import { expect, test } from "vitest";
import { WorkerCall } from "./call.ts";

test("a call has the request id, caller, callers and traceparent of its message", () => {
  const callers = [{ id: "ann" }, null];
  const call = new WorkerCall({ requestId: "r", caller: { id: "bob" }, callers, traceparent: "00-1-2-01" });
  const { requestId, caller, traceparent } = call;
  expect({ requestId, caller, traceparent }).toEqual({
    requestId: "r",
    caller: { id: "bob" },
    traceparent: "00-1-2-01",
  });
  expect(call.callers).toEqual([{ id: "ann" }, undefined]);
});

test("a signal that is first read after the abort is aborted, with the reason of the first abort", () => {
  const call = new WorkerCall({ requestId: "r" });
  call.abort({ code: "deadline_exceeded", message: "Too late." });
  call.abort({ code: "cancelled", message: "Stop." });
  expect(call.signal.reason).toMatchObject({ code: "deadline_exceeded" });
});
