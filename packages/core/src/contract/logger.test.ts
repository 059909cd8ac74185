import { afterEach, describe, expect, test, vi } from "vitest";
import { consoleLogger } from "./logger.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function printed(isTTY: boolean | undefined) {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.stubGlobal("process", isTTY === undefined ? undefined : { stderr: { isTTY } });
  return { error, warn };
}

describe("consoleLogger", () => {
  test("writes one line of JSON when stderr is no terminal", () => {
    const { error } = printed(false);
    const err = new Error("no weights", { cause: new TypeError("deeper") });
    consoleLogger.error({ err, model: "m", big: 1n, none: undefined }, "the model failed");
    expect(error).toHaveBeenCalledOnce();
    const line = error.mock.calls[0]?.[0] as string;
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      level: "error",
      time: expect.stringMatching(/^\d{4}-/),
      model: "m",
      big: "1",
      err: {
        type: "Error",
        message: "no weights",
        stack: expect.stringMatching(/no weights[\s\S]*cause: TypeError: deeper/),
      },
      msg: "the model failed",
    });
  });

  test("is readable on a terminal", () => {
    const { warn } = printed(true);
    consoleLogger.warn({ model: "m", ms: 5, requestId: undefined }, "slow");
    expect(warn).toHaveBeenCalledWith("deepaas: warn: slow (model m, ms 5)");
  });

  test("passes the fields on in a browser", () => {
    const { error } = printed(undefined);
    const fields = { err: new Error("a") };
    consoleLogger.error(fields, "b");
    expect(error).toHaveBeenCalledWith("b", fields);
  });

  test("never throws, and writes neither info nor debug", () => {
    const { error, warn } = printed(false);
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    consoleLogger.error({ cycle }, "x");
    consoleLogger.info({}, "x");
    consoleLogger.debug({}, "x");
    expect(error).toHaveBeenCalledOnce();
    expect(warn).not.toHaveBeenCalled();
  });
});
