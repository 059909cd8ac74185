// The page with keys of different rights: it asks for one, says what is missing, and ends with it.
import { addKey, revokeKey } from "@deepaas/auth";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser, openPage } from "../support/browser.ts";
import { chromium } from "../support/chromium.ts";
import { type Served, serveDeepaas } from "../support/deepaas.ts";
import { type TempFolder, tempFolder } from "../support/temp-folder.ts";
import { connectAs, openView, wide } from "./server.ts";

const inBrowser = describe.skipIf(!chromium && !process.env.CI);

let browser: Browser;
let server: Served;
let folder: TempFolder;
let file: string;

/** A key that the server knows. It is not asked often: wrong keys are limited. */
async function newKey(name: string, ...scopes: readonly string[]) {
  const access = { title: name, key: (await addKey(file, { name, scopes })).key };
  const isKnown = () =>
    connectAs(access, server.url)
      .models()
      .then(
        () => true,
        () => false,
      );
  await expect.poll(isKnown, { interval: 500 }).toBe(true);
  return access;
}

inBrowser("keys of different rights (needs chromium)", () => {
  beforeAll(async () => {
    folder = tempFolder();
    file = `${folder.path}/keys.json`;
    await addKey(file, { name: "first", scopes: ["read"] });
    [browser, server] = await Promise.all([openBrowser(), serveDeepaas([`wide=${wide}`, "--api-key-file", file])]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test("the page asks for a key, keeps it for the tab, and forgets it", async () => {
    const { key } = await newKey("caller", "predict");
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(`${server.url}/ui/`);
    const field = page.getByLabel("Key or token");
    await field.fill("dpk_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").first().waitFor();
    await field.fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Wide" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "Wide" }).waitFor();
    const kept = await page.evaluate(() => [JSON.stringify(Object.entries(localStorage)), location.href]);
    for (const text of kept) expect(text).not.toContain(key);
    await page.getByRole("button", { name: "Sign out" }).click();
    await field.waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  test("who may only predict reads what the key lacks, and is refused in words", async () => {
    const access = await newKey("predictor", "predict");
    await using watched = await openView(browser, access);
    const { page } = watched;
    await page.goto(`${server.url}/ui/#/models/wide`);
    await page.getByLabel("name", { exact: false }).first().fill("Ada");
    await page.getByRole("button", { name: "Predict", exact: true }).click();
    await page.getByRole("region", { name: "Result" }).getByText("Ada").first().waitFor();
    await page.getByRole("link", { name: "Train" }).click();
    await page.getByText("it lacks the scope train").waitFor();
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByText("The caller lacks the scope train").waitFor();
    await page.goto(`${server.url}/ui/#/runs`);
    await page.getByText("The caller lacks the scope read").waitFor();
    await page.goto(`${server.url}/ui/#/server`);
    await page.getByText("shown to those who have the scope admin").waitFor();
  });

  test("a caller sees its own runs; their files open by a grant; a key that is revoked ends the page", async () => {
    const own = await newKey("trainer", "train", "predict");
    const other = await newKey("other", "train");
    await connectAs(other, server.url).train("wide", { steps: 1, pause: 1 }, { runId: "of-another" });
    await using watched = await openView(browser, own);
    const { page } = watched;
    const service = connectAs(own, server.url);
    await service.train("wide", { steps: 3, pause: 1 }, { runId: "mine" });
    for await (const _event of service.watch("mine"));
    await page.goto(`${server.url}/ui/#/runs`);
    await page.getByRole("link", { name: "mine" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "notes.txt" }).click(),
    ]);
    expect(await download.failure()).toBeNull();
    await page.goto(`${server.url}/ui/#/runs/of-another`);
    await page.getByText("There is no such run").waitFor();
    await service.train("wide", { steps: 1_000, pause: 20 }, { runId: "watched" });
    await page.goto(`${server.url}/ui/#/runs/watched`);
    await page.getByText("running", { exact: true }).first().waitFor();
    await revokeKey(file, own.title);
    await page.getByLabel("Key or token").waitFor();
  });
});
