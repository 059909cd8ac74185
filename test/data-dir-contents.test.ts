// What the data directory contains, and what it must not contain any more.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { connectRest } from "@deepaas/client";
import type { Run, RunEvent } from "@deepaas/core";
import { expect, test, vi } from "vitest";
import { type Served, serveDeepaas } from "./support/deepaas.ts";
import { lastingModule, letPass } from "./support/lasting-model.ts";
import { tempFolder } from "./support/temp-folder.ts";

// Several servers start one after the other, and the machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());

/** Files of the directory that contain the text. */
const filesWith = (folder: string, text: string): string[] =>
  filesIn(folder).filter((path) => readFileSync(path).includes(text));

async function trained(served: Served, id: string, args: object = {}): Promise<Run> {
  const service = connectRest(served.url);
  await service.train("lasting", args, { runId: id });
  await Array.fromAsync(service.watch(id));
  return service.run(id);
}

async function idsOf(served: Served): Promise<string[]> {
  return (await connectRest(served.url).runs()).items.map(({ id }) => id);
}

test("a secret is available to the attempt after a kill, and on no disk once its run has ended", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  const dir = `${folder.path}/.deepaas`;
  const secret = "tr0ub4dor-and-3-staples";
  await using first = await serveDeepaas(["lasting.mjs"], { cwd: folder.path, keeps: true });
  await connectRest(first.url).train("lasting", { secret }, { runId: "knows" });
  await expect.poll(async () => (await connectRest(first.url).run("knows")).checkpoint?.step).toBe(1);
  expect(filesWith(dir, secret)).not.toEqual([]);
  await first.end("SIGKILL");

  letPass(folder.path, 1, 3);
  await using second = await serveDeepaas(["lasting.mjs"], { cwd: folder.path, keeps: true });
  const events: RunEvent[] = await Array.fromAsync(connectRest(second.url).watch("knows"));
  expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { attempt: 2, knew: secret.length } });
  expect((await connectRest(second.url).run("knows")).args.secret).toBe("********");
  await expect.poll(() => filesWith(dir, secret)).toEqual([]);
  await second.end();
  expect(filesWith(dir, secret)).toEqual([]);
});

test("--keep-runs and --keep-versions keep the newest runs and versions and delete the files of the others", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  const blobs = `${folder.path}/.deepaas/blobs`;
  letPass(folder.path, 1, 3);
  await using served = await serveDeepaas(["lasting.mjs", "--inline", "--keep-runs", "2", "--keep-versions", "2"], {
    cwd: folder.path,
    keeps: true,
  });
  for (const id of ["a", "b", "c", "d"]) expect((await trained(served, id)).state).toBe("succeeded");
  await expect.poll(() => idsOf(served)).toEqual(["c", "d"]);
  const left = () => filesWith(blobs, "trained by ").map((path) => readFileSync(path, "utf8"));
  await expect.poll(() => left().toSorted()).toEqual(["trained by c", "trained by d"]);
  await expect(connectRest(served.url).run("a")).rejects.toMatchObject({ code: "not_found" });
  expect(await connectRest(served.url).predict("lasting", {})).toMatchObject({ weights: "trained by d" });
});

test("--keep-runs, --keep-days and --max-bytes remove runs of an earlier server, but not the served weights", {
  timeout: 60_000,
}, async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  letPass(folder.path, 1, 3);
  const serve = (...more: readonly string[]) =>
    serveDeepaas(["lasting.mjs", "--inline", ...more], { cwd: folder.path, keeps: true });
  {
    await using first = await serve();
    for (const id of ["a", "b", "c", "d"]) await trained(first, id);
    expect(await idsOf(first)).toEqual(["a", "b", "c", "d"]);
  }
  {
    await using second = await serve("--keep-runs", "3");
    await expect.poll(() => idsOf(second)).toEqual(["b", "c", "d"]);
  }
  {
    // Less than the log of any run; the last run is kept in any case.
    await using third = await serve("--max-bytes", "10");
    await expect.poll(() => idsOf(third)).toEqual(["d"]);
  }
  {
    await using fourth = await serve();
    await trained(fourth, "e");
    expect(await idsOf(fourth)).toEqual(["d", "e"]);
  }
  {
    // Less than has passed since.
    await using fifth = await serve("--keep-days", "0.0000001");
    await expect.poll(() => idsOf(fifth)).toEqual([]);
    expect(await connectRest(fifth.url).predict("lasting", {})).toMatchObject({ weights: "trained by e" });
  }
});
