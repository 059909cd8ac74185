// Versions of weights with the real command: what is served survives every kind of end, and can be undone.
import { readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectRest } from "@deepaas/client";
import { expect, test, vi } from "vitest";
import { runDeepaas, type Served, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Predicts the text of its weights, and cannot load `broken`. With `reload` it loads them in the same process. */
const model = (more = "") => `
let weights = "shipped";
const load = async (file) => {
  const text = file ? await file.text() : "shipped";
  if (text === "deadly") process.kill(process.pid, "SIGKILL");
  if (text.startsWith("broken")) throw new Error("These are no weights.");
  weights = text;
};
export const warm = ({ published }) => load(published);
export const predict = () => ({ weights, pid: process.pid });
export const getTrainArgs = () => ({ weights: { type: "string" }, acc: { type: "number", default: 0 } });
export async function train({ weights: text, acc }, run) {
  run.report({ metrics: { acc } });
  await run.publish(Buffer.from(text));
}
${more}`;
const reloads = "export const reload = load;";

const serve = (folder: string, ...more: readonly string[]) =>
  serveDeepaas(["m.mjs", ...more], { cwd: folder, keeps: true });

async function trained({ url }: Served, weights: string, acc = 0): Promise<readonly string[]> {
  const service = connectRest(url);
  const { id } = await service.train("m", { weights, acc });
  const events = await Array.fromAsync(service.watch(id));
  return events.flatMap((event) => (event.type === "log" && event.text.startsWith("version") ? event.text : []));
}

const weightsOf = async ({ url }: Served) =>
  ((await connectRest(url).predict("m", {})) as { readonly weights: string }).weights;

test("a version is served after kill -9, without its run, and can be undone and done again", async () => {
  using folder = tempFolder({ "m.mjs": model() });
  const first = await serve(folder.path);
  expect(await trained(first, "one")).toEqual(["version 1 is served"]);
  const [run] = (await connectRest(first.url).runs()).items;
  await connectRest(first.url).remove(run?.id as string);
  await first.end("SIGKILL");

  await using second = await serve(folder.path);
  expect(await weightsOf(second)).toBe("one");
  const base = `${second.url}/v2/models/m/versions`;
  expect(await (await fetch(base)).json()).toMatchObject({ served: 1, versions: [{ number: 1 }, { number: 0 }] });
  const back = await fetch(`${base}/0/serve`, { method: "POST" });
  expect([back.status, await back.json()]).toMatchObject([200, { served: 0, history: [{ from: 1, to: 0 }, {}] }]);
  const answer = await fetch(`${second.url}/v2/models/m/predict/`, { method: "POST" });
  expect(answer.headers.get("X-Weights-Version")).toBe("0");
  expect(await weightsOf(second)).toBe("shipped");
  await fetch(`${base}/1/serve`, { method: "POST" });
  expect(await weightsOf(second)).toBe("one");
  for (const [method, path, status] of [
    ["POST", "/9/serve", 404],
    ["POST", "/x/serve", 422],
    ["DELETE", "/1", 409],
    ["DELETE", "/0", 409],
    ["DELETE", "/9", 404],
  ] as const) {
    const response = await fetch(base + path, { method });
    expect([path, response.status]).toEqual([path, status]);
  }
  await fetch(`${base}/0/serve`, { method: "POST" });
  expect((await fetch(`${base}/1`, { method: "DELETE" })).status).toBe(204);
  const files = () => readdirSync(join(folder.path, ".deepaas/blobs"), { recursive: true, withFileTypes: true });
  await expect.poll(() => files().filter((entry) => entry.isFile()).length).toBe(0);
});

test("a rule of the command keeps a version, and another web page cannot serve it", async () => {
  using folder = tempFolder({ "m.mjs": model() });
  await using served = await serve(folder.path, "--promote", "higher:acc", "--no-store");
  expect(await trained(served, "one", 0.5)).toEqual([
    "version 1 is kept, not served: version 0 has no acc to compare with",
  ]);
  const path = `${served.url}/v2/models/m/versions/1/serve`;
  expect((await fetch(path, { method: "POST", headers: { Origin: "http://evil.example" } })).status).toBe(403);
  expect(await weightsOf(served)).toBe("shipped");
  await fetch(path, { method: "POST" });
  expect(await trained(served, "worse", 0.4)).toEqual([
    "version 2 is kept, not served: acc 0.4 is not higher than 0.5 of version 1",
  ]);
  expect(await trained(served, "better", 0.6)).toEqual(["version 3 is served"]);
});

test("weights made elsewhere are added while the server does not run", async () => {
  using folder = tempFolder({ "m.mjs": model(), "good.bin": "made elsewhere", "bad.bin": "broken" });
  const add = (...args: readonly string[]) => runDeepaas(["add-version", ...args], { cwd: folder.path });
  expect(await add("m", "good.bin")).toMatchObject({ code: 2, stderr: expect.stringContaining("no data directory") });
  const first = await serve(folder.path);
  const refused = await add("m", "good.bin");
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("is in use by process");
  await first.end();
  expect(await add("m", "good.bin", "--metric", "acc=0.9")).toMatchObject({ code: 0, stderr: "" });
  expect((await add("m", "bad.bin")).stdout).toContain("version 2 of m is kept");
  expect((await add("m", "none.bin")).code).toBe(2);
  expect((await add("m/x", "good.bin")).code).toBe(2);
  expect((await add("m", "good.bin", "--metric", "acc=high")).code).toBe(2);

  await using second = await serve(folder.path);
  const service = connectRest(second.url);
  expect(await weightsOf(second)).toBe("shipped");
  await service.serveVersion("m", 1);
  expect(await weightsOf(second)).toBe("made elsewhere");
  expect((await service.versions("m")).versions[1]).toMatchObject({ number: 1, metrics: { acc: 0.9 }, size: 14 });
  await expect(service.serveVersion("m", 2)).rejects.toMatchObject({ code: "failed_precondition" });
  expect(await weightsOf(second)).toBe("made elsewhere");
});

test("a start that cannot load the recorded version serves the one before, and records why", async () => {
  using folder = tempFolder({ "m.mjs": model() });
  const first = await serve(folder.path);
  for (const weights of ["one", "longer than one"]) await trained(first, weights);
  await first.end();
  const blobs = join(folder.path, ".deepaas/blobs");
  const [damaged] = readdirSync(blobs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size === 15) as [string];
  truncateSync(damaged, 0);
  // Of the same size: only its hash shows the damage.
  writeFileSync(damaged, "broken than one");

  const second = await serve(folder.path);
  expect(await weightsOf(second)).toBe("one");
  const { served, history } = await connectRest(second.url).versions("m");
  expect(served).toBe(1);
  expect(history[0]).toMatchObject({ from: 2, to: 1, reason: expect.stringContaining("missing or damaged") });
  await second.end();
  // The model has changed: it cannot load any published weights.
  writeFileSync(join(folder.path, "m.mjs"), model().replace('startsWith("broken")', 'startsWith("one")'));
  await using third = await serve(folder.path);
  expect(await weightsOf(third)).toBe("shipped");
  const [last] = (await connectRest(third.url).versions("m")).history;
  expect(last).toMatchObject({ from: 1, to: 0, reason: "version 1 could not be loaded at the start" });
});

test.each(["with reload", "without reload"])(
  "weights that kill the worker that loads them are kept, not served, and the version before goes on (%s)",
  async (how) => {
    using folder = tempFolder({ "m.mjs": model(how === "with reload" ? reloads : "") });
    await using served = await serve(folder.path, "--no-store");
    await trained(served, "good");
    expect(await trained(served, "deadly")).toEqual(["version 2 is kept, not served: it cannot be loaded"]);
    await expect.poll(() => weightsOf(served).catch(() => "not yet")).toBe("good");
    await expect(connectRest(served.url).serveVersion("m", 2)).rejects.toMatchObject({ code: "failed_precondition" });
    await expect.poll(() => weightsOf(served).catch(() => "not yet")).toBe("good");
    expect((await connectRest(served.url).versions("m")).served).toBe(1);
  },
);

test.each(["with reload", "without reload"])(
  "while versions change, no call of 32 callers is lost and each has one version (%s)",
  async (how) => {
    using folder = tempFolder({ "m.mjs": model(how === "with reload" ? reloads : "") });
    await using served = await serve(folder.path, "--workers", "2");
    const service = connectRest(served.url);
    for (const weights of ["1", "2"]) await trained(served, weights);
    const named: Readonly<Record<number, string>> = { 0: "shipped", 1: "1", 2: "2" };
    const faults: unknown[] = [];
    const seen = new Set<number>();
    let stop = false;
    const callers = Array.from({ length: 32 }, async () => {
      while (!stop) {
        try {
          let version = -1;
          const onVersion = (answered: number) => {
            version = answered;
          };
          const { weights } = (await service.predict("m", {}, { onVersion })) as { readonly weights: string };
          if (named[version] !== weights) faults.push([version, weights]);
          seen.add(version);
        } catch (error) {
          faults.push(error);
        }
      }
    });
    for (const version of [0, 1, 2, 0]) {
      await service.serveVersion("m", version);
      const after = await Promise.all([1, 2, 3, 4].map(() => weightsOf(served)));
      expect(after).toEqual(Array(4).fill(named[version]));
    }
    stop = true;
    await Promise.all(callers);
    expect(faults).toEqual([]);
    expect(seen).toEqual(new Set([0, 1, 2]));
  },
);
