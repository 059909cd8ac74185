// The page of a node shows a run that another node executes, the death of that node, and the end elsewhere.
import { fileURLToPath } from "node:url";
import { connectRest } from "@deepaas/client";
import { createControl } from "@deepaas/conformance";
import { type PostgresServer, postgresMissing, startPostgres } from "@deepaas/conformance/servers";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openBrowser, openPage } from "../support/browser.ts";
import { chromium } from "../support/chromium.ts";
import { newCluster } from "../support/cluster-nodes.ts";

const trainer = `trainer=${fileURLToPath(import.meta.resolve("@deepaas/conformance/models/trainer"))}`;
/** Nothing of it depends on the speed of the machine: each attempt waits until it may end. */
const script = [
  { do: "checkpoint", step: 1 },
  { do: "note", name: "began" },
  { do: "gate", name: "go" },
] as const;
const isMissing = (!chromium && !process.env.CI) || postgresMissing !== undefined;

describe.skipIf(isMissing)("the page of one of several nodes (needs chromium and postgresql)", () => {
  let browser: Browser;
  let postgres: PostgresServer;
  beforeAll(async () => {
    [browser, postgres] = await Promise.all([openBrowser(), startPostgres()]);
  });
  afterAll(async () => {
    await browser?.close();
    await postgres?.[Symbol.asyncDispose]();
  });

  test("a run that is started on a and runs on b is shown by c, with its loss and its end, when b is killed", async () => {
    await using cluster = newCluster({ store: await postgres.createDatabase(), models: [trainer] });
    const [a, b] = await Promise.all([cluster.start({ id: "a", role: "serve" }), cluster.start({ id: "b" })]);
    const control = await createControl();
    onTestFinished(() => control.close());
    const service = connectRest(a.url);
    await service.train("trainer", { control: control.id, script }, { runId: "shown" });
    await control.waitForNotes("began");
    const c = await cluster.start({ id: "c", labels: ["gpu"] });
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(`${c.url}/ui/#/runs/shown`);
    await page.getByText("running", { exact: true }).first().waitFor();
    b.signal("SIGKILL");
    await control.waitForNotes("began", 2);
    const log = page.getByRole("log");
    await log.getByText("attempt 2 started").waitFor();
    await log.getByText(/^lost/).waitFor();
    await control.open("go");
    await page.getByText("succeeded", { exact: true }).first().waitFor();
    await page.goto(`${c.url}/ui/#/server`);
    await page.getByText("c, gpu").waitFor();
    const types = await Array.fromAsync(service.watch("shown"), ({ type }) => type);
    expect(types.filter((type) => ["started", "lost", "succeeded"].includes(type))).toEqual([
      "started",
      "lost",
      "started",
      "succeeded",
    ]);
  }, 120_000);
});
