import { expect, test } from "vitest";
import { cheapImportMs, importFindings, isolationFindings, memoryFinding, noise } from "./probe-findings.ts";

const mebibyte = 1_048_576;

test("memory is a warning if two processes do not fit", () => {
  expect(memoryFinding({ rssBytes: 400 * mebibyte }, 800 * mebibyte)).toMatchObject({
    status: "ok",
    message: "400 MiB after warm",
  });
  expect(memoryFinding({ rssBytes: 401 * mebibyte }, 800 * mebibyte)).toMatchObject({
    status: "warning",
    message: "401 MiB after warm; two processes need more than the 800 MiB of this machine",
  });
});

test("an import is cheap up to a limit of CPU time, however long it takes", () => {
  const reply = (cpuMs: number) => importFindings({ ok: true, value: { ms: 90_000, cpuMs, rssBytes: 1 }, printed: [] });
  expect(reply(cheapImportMs)).toMatchObject([{ status: "ok" }]);
  expect(reply(cheapImportMs + 1)).toMatchObject([{ status: "warning" }]);
});

test("a long line that was printed is cut", () => {
  expect(noise(["x".repeat(100)], "in warm")[0]?.message).toBe(`prints a line on stdout in warm: ${"x".repeat(60)}…`);
  expect(noise([], "in warm")).toEqual([]);
});

test("calls beside each other that fail are an error only if they can be expected to succeed", () => {
  const reply = { ok: false, fault: { member: "", pointer: "", message: "busy" }, printed: [] } as const;
  const statusOf = (longestMs: number, isSound: boolean) =>
    isolationFindings(reply, { longestMs, isSound, timeoutMs: 60_000 })[0]?.status;
  expect([statusOf(10, false), statusOf(10, true), statusOf(30_000, true)]).toEqual(["skipped", "error", "skipped"]);
});
