// The models in Python of the examples: served as a user does, trained, watched and cancelled, and the lines of their pages.
import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectWs } from "@deepaas/client";
import type { RunEvent } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { bin, serveDeepaas } from "./support/deepaas.ts";
import { pageFolder, runPage } from "./support/page-script.ts";
import { hasPython } from "./support/python-fields.ts";
import { type TempFolder, tempFolder } from "./support/temp-folder.ts";

const variable = "DEEPAAS_MARSHMALLOW_3_PYTHON";
const webargs = process.env[variable];
const noPython = hasPython ? "" : " (skipped: there is no python3)";
/** Without an environment of the one who runs the tests. */
const env = { VIRTUAL_ENV: undefined, CONDA_PREFIX: undefined, DEEPAAS_PYTHON: undefined };
const longRun = { epochs: 1_000_000 };

/** Copies an example, so that nothing is written into the repository. Returns its folder there. */
function copyExample({ path }: TempFolder, name: string, to = join("examples", name)): string {
  const copy = join(path, to);
  const isSource = (file: string) => !/__pycache__|\.deepaas|\/models$|\/runs$/.test(file);
  cpSync(fileURLToPath(new URL(`../examples/${name}`, import.meta.url)), copy, { recursive: true, filter: isSource });
  return copy;
}

type Client = ReturnType<typeof connectWs>;

async function trainToEnd(client: Client, model: string, args: object): Promise<readonly RunEvent[]> {
  const { id } = await client.train(model, { ...args });
  return Array.fromAsync(client.watch(id));
}

/** Cancels a run once it tells its progress. Returns its events. */
async function cancelLongRun(client: Client, model: string): Promise<readonly RunEvent[]> {
  const { id } = await client.train(model, longRun);
  const events: RunEvent[] = [];
  for await (const event of client.watch(id)) {
    if (event.type === "progress" && !events.some(({ type }) => type === "progress")) await client.cancel(id);
    events.push(event);
  }
  return events;
}

const progressOf = (events: readonly RunEvent[]) => events.filter((event) => event.type === "progress");
const textsOf = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === "log" ? [event.text] : []));

describe.skipIf(webargs === undefined && !process.env.CI)(
  `examples/python-flowers (needs ${variable}, a Python with marshmallow and webargs)`,
  () => {
    const withWebargs = { ...env, DEEPAAS_PYTHON: webargs };

    test("it learns, serves what it has learned, and is cancelled", async () => {
      using folder = tempFolder();
      const cwd = copyExample(folder, "python-flowers");
      await using served = await serveDeepaas(["."], { cwd, env: withWebargs });
      const client = connectWs(served.url);
      try {
        const flower = { petal_length: 5.6, petal_width: 2 };
        expect(await client.predict("flowers", flower)).toMatchObject({ probabilities: { virginica: 1 / 3 } });
        await expect(client.predict("flowers", { ...flower, petal_width: 21 })).rejects.toMatchObject({
          code: "invalid_args",
          issues: [{ pointer: "/petal_width" }],
        });
        const events = await trainToEnd(client, "flowers", {});
        const progress = progressOf(events);
        expect(progress.at(-1)).toMatchObject({ step: 30, total: 30, metrics: { val_accuracy: 1 } });
        expect(progress.at(-1)?.metrics?.loss).toBeLessThan(progress[0]?.metrics?.loss as number);
        expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { val_accuracy: 1 } });
        expect(await client.predict("flowers", flower)).toMatchObject({ species: "virginica" });
        expect((await cancelLongRun(client, "flowers")).at(-1)).toMatchObject({ type: "cancelled" });
        expect(await client.predict("flowers", flower)).toMatchObject({ species: "virginica" });
      } finally {
        client.close();
      }
    });

    test("the lines of its page", { timeout: 60_000 }, async () => {
      using folder = pageFolder();
      copyExample(folder, "python-flowers");
      const stdout = await runPage(folder, { script: "python-flowers.sh", env: withWebargs });
      const named = [...stdout.matchAll(/"species":"(\w+)"/g)].map(([, species]) => species);
      expect(named).toEqual(["setosa", "versicolor"]);
      expect(stdout).toMatch(/"step":40,"total":40,"metrics":\{"loss":[\d.]+,"val_accuracy":1\}/);
      expect(stdout).toContain('"type":"cancelled"');
    });
  },
);

describe.skipIf(!hasPython)(`examples/python-curve${noPython}`, () => {
  test("without a library its bar is the progress; it keeps its weights itself, and stops when it is cancelled", async () => {
    using folder = tempFolder();
    const cwd = copyExample(folder, "python-curve");
    await using served = await serveDeepaas(["."], { cwd, env });
    const client = connectWs(served.url);
    try {
      expect(await client.predict("curve", { x: 1.5 })).toMatchObject({ trained: false });
      const events = await trainToEnd(client, "curve", { epochs: 300 });
      expect(progressOf(events).at(-1)).toMatchObject({ step: 300, total: 300 });
      expect(textsOf(events)).toContain("100%|██████████| 300/300");
      expect(events.at(-1)).toMatchObject({ type: "succeeded" });
      const { y, trained } = (await client.predict("curve", { x: 1.5 })) as { y: number; trained: boolean };
      expect(trained).toBe(true);
      expect(Math.abs(y - Math.sin(1.5))).toBeLessThan(0.1);
      const cancelled = await cancelLongRun(client, "curve");
      expect(textsOf(cancelled).join("\n")).toMatch(/^stopped in epoch \d+: the weights before it are kept$/m);
      expect(cancelled.at(-1)).toMatchObject({ type: "cancelled" });
    } finally {
      client.close();
    }
  });

  test("with tensorboardX the metrics come by themselves", async () => {
    using folder = tempFolder({
      "site/tensorboardX/__init__.py": "from .writer import SummaryWriter\n",
      "site/tensorboardX/writer.py": [
        "class SummaryWriter:",
        "    def __init__(self, log_dir): pass",
        "    def add_scalar(self, tag, scalar_value, global_step=None): pass",
        "    def close(self): pass",
        "",
      ].join("\n"),
    });
    const cwd = copyExample(folder, "python-curve");
    const PYTHONPATH = join(folder.path, "site");
    await using served = await serveDeepaas(["."], { cwd, env: { ...env, PYTHONPATH } });
    const client = connectWs(served.url);
    try {
      const metrics = progressOf(await trainToEnd(client, "curve", { epochs: 5 })).filter((event) => event.metrics);
      expect(metrics.map(({ step, metrics: of }) => [step, Object.keys(of ?? {})])).toEqual(
        [1, 2, 3, 4, 5].map((step) => [step, ["loss"]]),
      );
    } finally {
      client.close();
    }
  });

  test("the lines of its page", { timeout: 60_000 }, async () => {
    using folder = pageFolder();
    copyExample(folder, "python-curve");
    const stdout = await runPage(folder, { script: "python-curve.sh", env });
    expect(stdout).toMatch(/^progress {2}100 % {2}300\/300/m);
    expect(stdout).toContain('"trained": true');
    expect(stdout).toMatch(/^cancelled/m);
  });
});

test.skipIf(!hasPython)(`the lines of examples/python-languages${noPython}`, { timeout: 60_000 }, async () => {
  using folder = pageFolder();
  copyExample(folder, "python-languages");
  const stdout = await runPage(folder, { script: "python-languages.sh", env });
  expect(stdout).toContain(String.raw`{\"language\":\"de\",\"share\":1},{\"language\":\"en\",\"share\":0}`);
  expect(stdout).toMatch(/succeeded/);
  expect(stdout).toMatch(/"language": "de",\s+"share": 1/);
});

test.skipIf(!hasPython)(`the lines of docs/migrating.md${noPython}`, { timeout: 60_000 }, async () => {
  const command = (name: string) => [name, `"${process.execPath}" "${join(dirname(bin), name)}.mjs"`] as const;
  using folder = pageFolder(Object.fromEntries([command("deepaas-run"), command("deepaas-cli")]));
  copyExample(folder, "python-curve", "my-model");
  const stdout = await runPage(folder, { script: "migrating.sh", env });
  expect(stdout).toMatch(/^0 errors, \d+ warnings?$/m);
  expect(stdout).toMatch(/return: \{"y":[\d.]+,"trained":false\}$/m);
  expect(stdout).toMatch(/^\{\n {2}"y": [\d.]+,\n {2}"trained": false\n\}$/m);
  expect(stdout).toMatch(/\{"status":"OK","predictions":\{"y":[\d.]+,"trained":false\}\}/);
  expect(stdout).toMatch(/\[\{"date":"[^"]+","args":\{"epochs":100000,[^\n]*"uuid":"mine"/);
  expect(stdout).toMatch(/"uuid":"mine","status":"cancelled"\}$/m);
});
