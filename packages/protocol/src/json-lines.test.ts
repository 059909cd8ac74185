import { expect, test } from "vitest";
import { jsonLines } from "./json-lines.ts";

function opened(fields?: object) {
  const writes: string[] = [];
  return { writes, log: jsonLines((lines) => writes.push(lines), fields) };
}

test("a line is a JSON object with its fields and the message, in the form of pino", () => {
  const { writes, log } = opened({ part: "access" });
  log.info({ path: '/a "b"\n', status: 200 }, "request");
  log.info({ status: 404 }, "request");
  expect(writes).toEqual([]);
  log.flush();
  log.flush();
  expect(writes).toHaveLength(1);
  const lines =
    writes[0]
      ?.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)) ?? [];
  const common = { level: 30, time: expect.any(Number), part: "access", msg: "request" };
  expect(lines).toEqual([
    { ...common, path: '/a "b"\n', status: 200 },
    { ...common, status: 404 },
  ]);
});

test("many lines are written without being asked, and each once", () => {
  const { writes, log } = opened();
  for (let i = 0; i < 3_000; i++) log.info({ i, text: "x".repeat(30) }, "request");
  expect(writes.length).toBeGreaterThan(2);
  expect(writes.length).toBeLessThan(10);
  log.flush();
  const all = writes
    .join("")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).i);
  expect(all).toEqual(Array.from({ length: 3_000 }, (_, i) => i));
});
