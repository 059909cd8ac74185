// Changed code that cannot be served: the code before goes on, and no process is left behind.
import { DeepaasError, silentLogger } from "@deepaas/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { codeText, serveCode } from "./testing/code-on-disk.ts";
import { isAlive, until } from "./testing/process-facts.ts";

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "ok",
    (error: unknown) => (DeepaasError.is(error) ? error.code : String(error)),
  );

afterEach(() => {
  vi.useRealTimers();
});

const replacing = (text: string, by: string) => codeText(1).replace(text, by);

test.each<[string, string, RegExp]>([
  ["has a syntax error", codeText(1, "export function {"), /m\.mjs:\d+: syntax error: /],
  ["throws when it is imported", codeText(1, 'throw new Error("no device");'), /m\.mjs:\d+: import failed: no device/],
  [
    "throws in warm",
    replacing("weights = published", 'throw new Error("no weights"); weights = published'),
    /^Error: Model m could not be warmed: no weights/,
  ],
  [
    "has an invalid schema",
    replacing("default: 1", 'default: "x"'),
    /^Error: Model m: getPredictArgs at \/code\/default/,
  ],
  ["is not a model", "export const nothing = 1;", /has none of predict/],
  ["ends its process", codeText(1, "process.exit(3);"), /A worker could not be started: exited with code 3/],
])("code that %s", async (_, broken, message) => {
  await using served = await serveCode({ predict: 2 });
  const { host, executor, write } = served;
  const pids = executor.pids();
  write(broken);
  expect(await host.reloadCode().catch(String)).toMatch(message);
  expect(executor.pids()).toEqual(pids);
  expect(executor.status()).toEqual({ state: "ready", reasons: [] });
  expect(await host.predict("m", {})).toEqual([0, 0, "shipped"]);
  write(codeText(2));
  await host.reloadCode();
  expect(await host.predict("m", {})).toEqual([2, 2, "shipped"]);
  await until(() => !pids.some(isAlive));
});

/** Code 1 hangs in its warm, and blocks its thread. */
async function serveHanging() {
  const served = await serveCode({ reportFiles: true });
  const { executor, write, pathOf } = served;
  const [old] = executor.pids();
  const hangs = `writeFileSync(${JSON.stringify(pathOf("hangs"))}, ""); for (;;);`;
  write(codeText(1).replace("weights = published", `${hangs} weights = published`));
  return { ...served, old: old as number, hangs: () => until(() => served.exists("hangs")) };
}

describe("code that hangs in its warm", () => {
  test("is ended after the time for a start, and the files that it was loaded from are known", async () => {
    await using served = await serveHanging();
    const { host, executor, old } = served;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const reloading = codeOf(host.reloadCode());
    while (!served.exists("hangs")) await new Promise(setImmediate);
    const [, started] = executor.pids();
    vi.advanceTimersByTime(300_000);
    vi.useRealTimers();
    expect(await reloading).toMatch(/not ready within 300000 ms/);
    expect(executor.pids()).toEqual([old]);
    expect(isAlive(started as number)).toBe(false);
    expect(await host.predict("m", {})).toEqual([0, 0, "shipped"]);
    expect(executor.files().m?.[served.pathOf("m.mjs")]).toMatch(/^[0-9a-f]{64}$/);
  });

  test("is ended by an abort", async () => {
    await using served = await serveHanging();
    const { host, executor, old, hangs } = served;
    const abort = new AbortController();
    const reloading = codeOf(host.reloadCode({ signal: abort.signal }));
    await hangs();
    abort.abort();
    expect(await reloading).toBe("cancelled");
    expect(executor.pids()).toEqual([old]);
    expect(await host.predict("m", {})).toEqual([0, 0, "shipped"]);
  });

  test("is ended when the host closes", async () => {
    await using served = await serveHanging();
    const { host, executor, hangs } = served;
    const reloading = codeOf(host.reloadCode());
    await hangs();
    const pids = executor.pids();
    expect(pids).toHaveLength(2);
    await host.close();
    expect(await reloading).toBe("unavailable");
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

test("closing ends also the processes of the code before, and does not warn of their loss", async () => {
  const warnings: string[] = [];
  const warn = (_fields: object, text: string) => void warnings.push(text);
  await using served = await serveCode({ logger: { ...silentLogger, warn } });
  const { host, executor, write } = served;
  await host.train("m", { go: served.pathOf("go"), mark: served.pathOf("mark") });
  await until(() => served.exists("mark"));
  write(codeText(1));
  await host.reloadCode();
  const pids = executor.pids();
  expect(pids.length).toBeGreaterThanOrEqual(2);
  await host.close();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(warnings).toEqual([]);
});
