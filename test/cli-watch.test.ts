// `deepaas run --watch`: an edited model is served, and clients do not notice.
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { runDeepaas, type Served, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const model = (by: number, more = "") => `
import { times } from "./lib/times.ts";
const fields = { x: { type: "number" }, by: { type: "number", default: ${by} } } as const;
export const getPredictArgs = () => fields;
export const predict = ({ x, by }: { x: number; by: number }) => ({ by: ${by}, validated: by, product: times(x, ${by}) });
${more}`;
const times = "export const times = (a: number, b: number): number => a * b;";

/** As an editor saves a file. */
function replace(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, `${name}~`), text);
  renameSync(join(folder, `${name}~`), join(folder, name));
}

const messages = ({ said }: Served): readonly string[] =>
  said.stderr
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => (JSON.parse(line) as { readonly msg: string }).msg);

const untilTold = (served: Served, text: RegExp) =>
  vi.waitUntil(() => messages(served).find((line) => text.test(line)), { timeout: 15_000 });

async function predict({ url }: Served, x: number): Promise<unknown> {
  const answer = await fetch(`${url}/v2/models/scale/predict/`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/vnd.deepaas+json" },
    body: JSON.stringify({ x }),
  });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.json();
}

test("an edited model, and an edited module that it imports, are served without a failed call", async () => {
  using folder = tempFolder({ "scale.ts": model(2), "lib/times.ts": times });
  await using served = await serveDeepaas(["scale.ts", "--watch"], { cwd: folder.path });
  const answers: unknown[] = [];
  let isOver = false;
  const callers = Array.from({ length: 4 }, async () => {
    while (!isOver) answers.push(await predict(served, 3));
  });
  replace(folder.path, "scale.ts", model(5));
  await untilTold(served, /^reloaded scale \(\d+\.\d s\)$/);
  expect(await predict(served, 3)).toEqual({ by: 5, validated: 5, product: 15 });
  replace(folder.path, "lib/times.ts", times.replace("a * b", "a * b + 100"));
  await vi.waitUntil(() => messages(served).filter((line) => line.startsWith("reloaded")).length === 2, {
    timeout: 15_000,
  });
  expect(await predict(served, 3)).toEqual({ by: 5, validated: 5, product: 115 });
  isOver = true;
  await Promise.all(callers);
  for (const answer of answers as readonly { by: number; validated: number }[])
    expect(answer.validated).toBe(answer.by);
});

test("a change that cannot be served is told in one line, and the version before goes on", async () => {
  using folder = tempFolder({ "scale.ts": model(2), "lib/times.ts": times });
  await using served = await serveDeepaas(["scale.ts", "--watch"], { cwd: folder.path });
  replace(folder.path, "scale.ts", model(5, "export const = 1;"));
  expect(await untilTold(served, /cannot be served/)).toMatch(
    /^scale was changed, but it cannot be served: scale\.ts:\d+: .*; the version before goes on$/,
  );
  expect(await predict(served, 3)).toEqual({ by: 2, validated: 2, product: 6 });
  replace(folder.path, "scale.ts", model(7));
  await untilTold(served, /^reloaded scale/);
  expect(await predict(served, 3)).toEqual({ by: 7, validated: 7, product: 21 });
  expect(await served.end()).toMatchObject({ code: 0 });
  expect(served.processes()).toEqual([]);
});

test("--inline is refused with --watch, and the hint says why", async () => {
  using folder = tempFolder({ "scale.ts": model(2), "lib/times.ts": times });
  const { code, stderr } = await runDeepaas(["run", "--no-store", "--watch", "--inline", "scale.ts"], {
    cwd: folder.path,
  });
  expect(code).toBe(2);
  expect(stderr).toContain("--watch (DEEPAAS_WATCH) cannot be used with --inline (DEEPAAS_INLINE)");
  expect(stderr).toContain("cannot unload a module");
});
