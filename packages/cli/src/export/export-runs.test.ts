// Where an export is written: files that are complete or not there, and stdout.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type { RunFact } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { CliError } from "../cli-error.ts";
import { each, eventsFrom, exportedRun, failing } from "../testing/exported-run.ts";
import { testFolder } from "../testing/test-folder.ts";
import { type ExportedRun, exportRuns } from "./export-runs.ts";
import { exportFormats } from "./formats.ts";

const facts: readonly RunFact[] = [
  { type: "queued" },
  { type: "started", attempt: 1 },
  { type: "progress", step: 1, metrics: { loss: 0.5, acc: "NaN" }, message: "é\u2028" },
  { type: "succeeded", result: { a: [1] } },
];

/** A run whose events end with an error. */
function brokenRun(id: string, error: Error): ExportedRun {
  return { ...exportedRun(id, facts), events: failing(eventsFrom(facts), error) };
}

test("JSON lines are the events with the id of their run", async () => {
  const output = join(await testFolder(), "runs.jsonl");
  const runs = each([exportedRun("a", facts), exportedRun("b", [{ type: "queued" }])]);
  expect(await exportRuns(runs, { format: "jsonl", output })).toEqual({ files: [output] });
  const lines = await readFile(output, "utf8");
  expect(lines.split("\n").map((line) => line && JSON.parse(line))).toEqual([
    ...eventsFrom(facts).map((event) => ({ run: "a", ...event })),
    { run: "b", ...eventsFrom([{ type: "queued" }])[0] },
    "",
  ]);
  expect(lines).toMatch(/^\{"run":"a","seq":1,"at":"2026-01-02T03:04:05.250Z","type":"queued"\}\n/);
});

describe.each(exportFormats)("a file of the format %s", (format) => {
  /** Two runs; the events of the second end with `error`. */
  const runs = (error?: Error) =>
    each([exportedRun("a", facts), error ? brokenRun("b", error) : exportedRun("b", facts)]);
  const listOf = async (folder: string) => (await readdir(folder, { recursive: true })).sort();

  test("is not there if a run cannot be read, nor is anything else", async () => {
    const folder = await testFolder();
    const error = new Error("lost");
    const output = join(folder, ...(format === "tensorboard" ? ["x", "y"] : ["runs"]));
    await expect(exportRuns(runs(error), { format, output })).rejects.toBe(error);
    expect(await listOf(folder)).toEqual([]);
  });

  test("that exists is an error, and stays as it is", async () => {
    const folder = await testFolder();
    const output = join(folder, "runs");
    const { files } = await exportRuns(runs(), { format, output });
    const before = await listOf(folder);
    await writeFile(files[0] as string, "mine");
    const again = exportRuns(runs(), { format, output });
    await expect(again).rejects.toBeInstanceOf(CliError);
    await expect(again).rejects.toMatchObject({
      code: "already_exists",
      message: `${files[0]} already exists`,
      hint: expect.stringContaining("--force"),
    });
    expect(await readFile(files[0] as string, "utf8")).toBe("mine");
    expect(await listOf(folder)).toEqual(before);
  });

  test("that exists is replaced if that is forced, but not by half of an export", async () => {
    const folder = await testFolder();
    const output = join(folder, "runs");
    const { files } = await exportRuns(runs(), { format, output });
    const before = await listOf(folder);
    const [file = ""] = files;
    const complete = await readFile(file);
    await writeFile(file, "old");
    await chmod(file, 0o600);
    await expect(exportRuns(runs(new Error("lost")), { format, output, force: true })).rejects.toThrow("lost");
    expect(await readFile(file, "utf8")).toBe("old");
    expect(await exportRuns(runs(), { format, output, force: true })).toEqual({ files });
    expect(await readFile(file)).toEqual(complete);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await listOf(folder)).toEqual(before);
  });

  test("that appears while the export is written is not replaced", async () => {
    const folder = await testFolder();
    const output = join(folder, "runs");
    const { files } = await exportRuns(runs(), { format, output: join(folder, "other") });
    const file = (files.at(-1) as string).replace("other", "runs");
    async function* late() {
      yield* runs();
      await mkdir(join(file, ".."), { recursive: true });
      await writeFile(file, "mine");
    }
    await expect(exportRuns(late(), { format, output })).rejects.toMatchObject({ code: "already_exists" });
    expect(await readFile(file, "utf8")).toBe("mine");
    expect((await listOf(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("below something that is no directory is an error with its reason", async () => {
    const folder = await testFolder();
    await writeFile(join(folder, "file"), "");
    await expect(exportRuns(runs(), { format, output: join(folder, "file", "runs") })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/^cannot write to .*file.runs.*: a part of the path is not a directory$/),
      hint: expect.stringContaining("--output"),
    });
  });
});

describe.each(["jsonl", "csv"] as const)("the output of the format %s", (format) => {
  test("cannot be a directory", async () => {
    const output = await testFolder();
    await expect(exportRuns(each([]), { format, output, force: true })).rejects.toMatchObject({
      code: "invalid_args",
      message: `${output} is a directory`,
    });
  });

  test.runIf(process.platform !== "win32")("can be a device, which is never replaced", async () => {
    const run = exportedRun("a", facts);
    expect(await exportRuns(each([run]), { format, output: "/dev/null", force: true })).toEqual({ files: [] });
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  test.runIf(process.platform === "linux")("on a full disk is an error with its reason", async () => {
    const run = exportedRun("a", facts);
    await expect(exportRuns(each([run]), { format, output: "/dev/full" })).rejects.toMatchObject({
      code: "failed_precondition",
      message: "cannot write to /dev/full: no space left on the device",
      hint: expect.stringContaining("--output"),
    });
  });

  test.runIf(process.platform !== "win32")("that is a link stays a link to the new file", async () => {
    const folder = await testFolder();
    const [link, target] = [join(folder, "link"), join(folder, "target")];
    await writeFile(target, "old");
    await symlink(target, link);
    await expect(exportRuns(each([]), { format, output: link })).rejects.toMatchObject({ code: "already_exists" });
    await exportRuns(each([exportedRun("a", facts)]), { format, output: link, force: true });
    expect(await readFile(target, "utf8")).toContain("2026-01-02");
    expect((await readdir(folder)).sort()).toEqual(["link", "target"]);
  });
});

describe("stdout", () => {
  /** A program that exports runs without an end, or `count` events. */
  const program = (format: string, count: number) => `
    import { exportRuns } from ${JSON.stringify(new URL("./export-runs.ts", import.meta.url))};
    import { exportedRun } from ${JSON.stringify(new URL("../testing/exported-run.ts", import.meta.url))};
    async function* events() {
      for (let seq = 1; seq <= ${count}; seq++) {
        if (seq % 1000 === 0) await new Promise(setImmediate);
        yield { seq, at: "2026-01-02T03:04:05.250Z", type: "progress", step: seq, metrics: { loss: 1 / seq } };
      }
    }
    async function* runs() { yield { ...exportedRun("a", []), events: events() }; }
    await exportRuns(runs(), { format: ${JSON.stringify(format)}, output: undefined });
    process.stderr.write("done");
  `;
  const args = (format: string, count: number) => ["--input-type=module", "--eval", program(format, count)];

  test("is complete", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, args("jsonl", 5_000), { maxBuffer: 2 ** 24 });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
  });

  test.each([
    ["jsonl", Number.POSITIVE_INFINITY],
    ["csv", 100_000],
  ])("in the format %s is a quiet end when its reader has gone, as with head", async (format, count) => {
    const child = spawn(process.execPath, args(format, count), { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.once("data", () => child.stdout.destroy());
    const ends = Promise.all([text(child.stderr), once(child, "close")]);
    expect(await ends).toEqual(["done", [0, null]]);
  });

  test.runIf(process.platform === "linux")("that cannot be written to is an error with its reason", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, args("jsonl", 5_000), { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    const [stderr, [code]] = await Promise.all([text(child.stderr as Readable), once(child, "close")]);
    expect(code).toBe(1);
    expect(stderr).toContain("cannot write to stdout: no space left on the device");
  });

  test("is not for a directory", async () => {
    for (const output of [undefined, "-"]) {
      await expect(exportRuns(each([]), { format: "tensorboard", output })).rejects.toMatchObject({
        code: "invalid_args",
        hint: expect.stringContaining("--output"),
      });
    }
  });
});

test.runIf(process.platform !== "win32")("a signal removes the files that are not complete", async () => {
  const folder = await testFolder();
  const output = join(folder, "runs.jsonl");
  const program = `
    import { exportRuns } from ${JSON.stringify(new URL("./export-runs.ts", import.meta.url))};
    async function* runs() { console.log("started"); await new Promise((end) => setTimeout(end, 60_000)); }
    await exportRuns(runs(), { format: "jsonl", output: ${JSON.stringify(output)} });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(await readdir(folder)).toHaveLength(1);
  child.kill("SIGINT");
  expect(await once(child, "close")).toEqual([null, "SIGINT"]);
  expect(await readdir(folder)).toEqual([]);
});
