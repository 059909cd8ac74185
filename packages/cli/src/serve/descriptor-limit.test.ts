import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { expect, test, vi } from "vitest";
import { logDescriptorLimit } from "./descriptor-limit.ts";

function accepting(code: string) {
  const server = new EventEmitter();
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const end = logDescriptorLimit(server as Server, logger);
  const fail = () => server.emit("error", Object.assign(new Error(`accept ${code}`), { code }));
  return { fail, end, logged: () => logger.error.mock.calls.map(([, text]) => text as string), logger };
}

test("an error of accept is logged and does not end the process", () => {
  const { fail, end, logged } = accepting("ENOBUFS");
  fail();
  fail();
  expect(logged()).toEqual(Array(2).fill("a connection could not be accepted"));
  end();
});

test("too many open files are logged once, and once more when it is over", () => {
  vi.useFakeTimers();
  try {
    const { fail, end, logged, logger } = accepting("EMFILE");
    fail();
    fail();
    expect(logged()).toEqual([expect.stringContaining("too many open files")]);
    vi.advanceTimersByTime(60_000);
    expect(logger.info).toHaveBeenCalledTimes(1);
    end();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
