import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { DeepaasError } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import type { Authenticate } from "./authenticate.ts";
import { callerOf } from "./caller-of.ts";

function requestOf(headers: IncomingMessage["headers"] = {}) {
  const socket = new EventEmitter();
  return { socket, request: { method: "GET", url: "/", headers, socket } as unknown as IncomingMessage };
}

const bearer = { authorization: "Bearer secret-token" };
const call = (authenticate: Authenticate, headers = {}) =>
  callerOf(requestOf(headers).request, { authenticate, authenticateMs: 60_000 });

describe("the caller of a request", () => {
  test("is returned without a promise if the authenticator returns none", () => {
    const caller = { id: "ada" };
    expect(call((_request, token) => (token === "secret-token" ? caller : undefined), bearer)).toBe(caller);
  });

  test("is unauthenticated if it is unknown", async () => {
    const unknown = new DeepaasError("unauthenticated", "Authentication required.");
    expect(() => call(() => undefined)).toThrow(unknown);
    await expect(call(async () => undefined)).rejects.toThrow(unknown);
  });

  test.each([[null], [{}], [{ id: "" }], [{ id: 1 }], [true]])("may not be %j", async (caller) => {
    expect(() => call(() => caller as never)).toThrow("must return undefined or a caller with an id");
    await expect(call(async () => caller as never)).rejects.toThrow("must return undefined or a caller with an id");
  });

  test("is not told its token in an error", async () => {
    const fail = (error: unknown) => {
      throw error;
    };
    const message = "no secret-token here";
    expect(() => call(() => fail(new Error(message)), bearer)).toThrow("no [token] here");
    await expect(call(async () => fail(new Error(message)), bearer)).rejects.toThrow("no [token] here");
    await expect(call(async () => fail(new DeepaasError("rate_limited", message)), bearer)).rejects.toMatchObject({
      code: "rate_limited",
      message: "no [token] here",
    });
  });

  test("is not waited for longer than authenticateMs, and not when the client has gone", async () => {
    const never: Authenticate = () => new Promise(() => {});
    const slow = callerOf(requestOf().request, { authenticate: never, authenticateMs: 1 });
    await expect(slow).rejects.toMatchObject({ code: "unauthenticated", message: "Authentication timed out." });
    const { request, socket } = requestOf();
    const left = callerOf(request, { authenticate: never, authenticateMs: 60_000 });
    socket.emit("close");
    await expect(left).rejects.toMatchObject({ code: "unauthenticated", message: "The client disconnected." });
  });

  test("leaves no listener on its connection", async () => {
    const { request, socket } = requestOf();
    await callerOf(request, { authenticate: async () => ({ id: "ada" }), authenticateMs: 60_000 });
    expect(socket.listenerCount("close")).toBe(0);
  });
});
