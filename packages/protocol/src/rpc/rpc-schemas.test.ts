import { DeepaasError, errorCodes, type JsonValue } from "@deepaas/core";
import { compileSchema } from "@deepaas/core/ports";
import fc from "fast-check";
import { expect, test } from "vitest";
import { errorCodeTable } from "../error-codes.ts";
import { errorFromWire, errorText, messageFaults, notificationText } from "./rpc-messages.ts";
import { type RpcMethod, rpcMethods, rpcParamIssues, rpcParamsSchema } from "./rpc-methods.ts";
import { rpcMessageSchemas } from "./rpc-schemas.ts";

const methods = Object.keys(rpcMethods) as RpcMethod[];

test.each(methods)("WS-11: what the server checks of the params of %s is what the schema says", (method) => {
  const schema = compileSchema(rpcParamsSchema(method));
  const names = [...Object.keys(rpcMethods[method]), "requestId", "timeoutMs", "traceparent", "other"];
  const value = fc.oneof(
    fc.constantFrom<JsonValue>("", "a", 0, 1, 1.5, -1, 1e9, null, true, {}, [], { a: 1 }),
    fc.jsonValue() as fc.Arbitrary<JsonValue>,
  );
  const likely = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<JsonValue>("a", 1) },
    { weight: 1, arbitrary: value },
  );
  const params = fc.oneof(
    value,
    fc.record(Object.fromEntries(names.map((name) => [name, likely])), { requiredKeys: [], noNullPrototype: true }),
  );
  let sound = 0;
  fc.assert(
    fc.property(params, (given) => {
      const issues = rpcParamIssues(method, given);
      expect(issues.length === 0, JSON.stringify(given)).toBe(schema.check(given));
      if (issues.length === 0) sound++;
    }),
    // Few of them are sound: with fewer runs there may be none.
    { numRuns: 5_000 },
  );
  expect(sound).toBeGreaterThan(0);
});

test("an integer that a number cannot hold exactly is refused, as the schema says", () => {
  const given = { id: "a", after: 2 ** 53 };
  expect(compileSchema(rpcParamsSchema("watch")).check(given)).toBe(false);
  expect(rpcParamIssues("watch", given)).not.toEqual([]);
});

test("WS-12: every error has its code of JSON-RPC and arrives as it was", () => {
  const schema = compileSchema(rpcMessageSchemas.error);
  for (const code of errorCodes) {
    const error = new DeepaasError(code, "m", { issues: [], retryAfterMs: 5, first: 1, last: 2 });
    const text = errorText(7, error.toData());
    const message = JSON.parse(text) as { id: unknown; error: { code: number; message: string; data: unknown } };
    expect(schema.check(message), text).toBe(true);
    expect(message).toMatchObject({ id: 7, error: { code: errorCodeTable[code].jsonRpc, message: "m" } });
    expect(errorFromWire(message.error.data).toData()).toEqual(error.toData());
  }
  for (const fault of Object.values(messageFaults)) {
    expect(schema.check(JSON.parse(errorText(null, { code: "invalid_args", message: "m" }, fault)))).toBe(true);
  }
});

test("whatever arrives as an error becomes one of ours", () => {
  for (const data of [undefined, null, 1, "x", {}, { code: "other" }, { message: 3 }]) {
    expect(DeepaasError.is(errorFromWire(data))).toBe(true);
  }
});

test("notes are what their schemas say", () => {
  const notes = [
    notificationText("$/cancel", { id: "a" }),
    notificationText("$/credit", { id: 1, items: 2 }),
    notificationText("$/ping", {}),
    notificationText("$/pong", {}),
    notificationText("$/event", { id: 1, event: { seq: 1, at: "now", type: "queued" } }),
    notificationText("$/item", { id: 1, item: null }),
    notificationText("$/ack", { attachment: 1, bytes: 5 }),
    notificationText("$/drop", { attachment: 1 }),
    notificationText("$/fail", { attachment: 1, error: { code: "internal", message: "m" } }),
  ].map((text) => JSON.parse(text) as { method: keyof typeof rpcMessageSchemas });
  for (const note of notes) expect(compileSchema(rpcMessageSchemas[note.method]).check(note), note.method).toBe(true);
  expect(compileSchema(rpcMessageSchemas["$/credit"]).check({ ...notes[1], params: { id: 1, items: 0 } })).toBe(false);
});
