// Runs on the page: started, followed live across a death of the server, cancelled, compared, deleted; versions rolled back.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../support/browser.ts";
import { chromium } from "../support/chromium.ts";
import type { Served } from "../support/deepaas.ts";
import { freePort } from "../support/free-port.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { accesses, connectAs, openView, serveModels } from "./server.ts";

const inBrowser = describe.skipIf(!chromium && !process.env.CI);

let browser: Browser;
let server: Served;

/** How many values the curve of a metric has, from its text for screen readers. */
async function valuesOf(page: Page, metric: string): Promise<number> {
  const text = await page.getByRole("img", { name: new RegExp(`^${metric}: `) }).getAttribute("aria-label");
  return Number(/([\d,]+) values$/.exec(text ?? "")?.[1]?.replaceAll(",", ""));
}

inBrowser.each(accesses)("runs $title (needs chromium)", (access) => {
  const open = async (view: string, url = server.url) => {
    const watched = await openView(browser, access);
    await watched.page.goto(`${url}/ui/${view}`);
    return watched;
  };
  const client = (url = server.url) => connectAs(access, url);
  const trained = async (runId: string, args: object) => {
    await client().train("wide", { steps: 20, pause: 1, ...args }, { runId });
    for await (const _event of client().watch(runId));
  };

  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), serveModels(access)]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test("a training is started, its curves grow and end, and its version is served", async () => {
    await using watched = await open("#/models/wide/train");
    const { page } = watched;
    await page.getByRole("textbox", { name: "steps" }).fill("80");
    await page.getByLabel("Name of the run").fill("grown");
    await page.getByRole("button", { name: "Start training" }).click();
    await expect.poll(() => page.url()).toContain("#/runs/grown");
    const counts: number[] = [];
    while (!(await page.getByText("succeeded", { exact: true }).first().isVisible())) {
      counts.push(await valuesOf(page, "loss").catch(() => 0));
    }
    expect(new Set(counts).size).toBeGreaterThan(3);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    await expect.poll(() => valuesOf(page, "loss")).toBe(80);
    expect(await valuesOf(page, "accuracy")).toBe(80);
    await page.getByRole("link", { name: "notes.txt" }).or(page.getByText("notes.txt")).first().waitFor();
    await page.getByText("step 80 is done").waitFor();
    await page
      .getByText(/Version \d+/)
      .first()
      .waitFor();
  });

  test("the server is killed and started again meanwhile, and the curve has every step once", async () => {
    using folder = tempFolder();
    const port = String(await freePort());
    const serve = () => serveModels(access, ["--listen-port", port], { cwd: folder.path, keeps: true });
    const first = await serve();
    const service = client(first.url);
    await service.train("wide", { steps: 150, pause: 20 }, { runId: "lasting" });
    await using watched = await open("#/runs/lasting", first.url);
    const { page } = watched;
    await expect.poll(() => valuesOf(page, "loss").catch(() => 0)).toBeGreaterThan(20);
    await first.end("SIGKILL");
    await page.getByText("Reconnecting", { exact: false }).first().waitFor();
    const before = await valuesOf(page, "loss");
    await using second = await serve();
    await expect.poll(() => valuesOf(page, "loss")).toBeGreaterThan(before);
    await expect.poll(() => page.getByText("Reconnecting", { exact: false }).first().isVisible()).toBe(false);
    await page.getByText("succeeded", { exact: true }).first().waitFor();
    const reported = (await Array.fromAsync(client(second.url).watch("lasting"))).filter(
      ({ type }) => type === "progress",
    );
    await expect.poll(() => valuesOf(page, "loss")).toBe(reported.length);
    const steps = new Set(reported.map((event) => (event.type === "progress" ? event.step : undefined)));
    expect([...steps]).toEqual(Array.from({ length: 150 }, (_one, i) => i + 1));
    // A page that was opened after the end draws the same.
    await using later = await open("#/runs/lasting", second.url);
    await expect.poll(() => valuesOf(later.page, "loss").catch(() => 0)).toBe(reported.length);
  }, 90_000);

  test("a run is cancelled, and starts again with changed arguments", async () => {
    await client().train("wide", { steps: 5_000, pause: 20 }, { runId: "long" });
    await using watched = await open("#/runs/long");
    const { page } = watched;
    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByText("cancelled", { exact: true }).first().waitFor();
    expect(await client().run("long")).toMatchObject({ state: "cancelled" });
    await page.getByRole("link", { name: "Again with changed arguments" }).click();
    await expect.poll(() => page.getByRole("textbox", { name: "steps" }).inputValue()).toBe("5000");
  });

  test("two runs are overlaid, with the arguments in which they differ", async () => {
    await trained("slow", { rate: 0.01 });
    await trained("fast", { rate: 0.2 });
    await using watched = await open("#/runs");
    const { page } = watched;
    await page.getByLabel("Choose run slow").check();
    await page.getByLabel("Choose run fast").check();
    await page.getByRole("button", { name: "Compare" }).click();
    await expect.poll(() => page.url()).toMatch(/#\/compare\?run=\w+&run=\w+$/);
    const label = () => page.getByRole("img", { name: /^loss: / }).getAttribute("aria-label");
    await expect.poll(label).toMatch(/slow, last .* 20 values/);
    expect(await label()).toMatch(/fast, last .* 20 values/);
    await page.getByRole("rowheader", { name: "rate" }).waitFor();
    expect(await page.getByRole("rowheader", { name: "steps" }).count()).toBe(0);
  });

  test("runs are listed by a metric, and one that is deleted comes back by its undo", async () => {
    await trained("low", { rate: 0.5 });
    await trained("high", { rate: 0.001 });
    await using watched = await open("#/runs");
    const { page } = watched;
    await page.getByLabel("Order").selectOption("lowest loss");
    const names = () => page.getByRole("rowheader").allInnerTexts();
    await expect
      .poll(async () => (await names()).filter((name) => name === "low" || name === "high"))
      .toEqual(["low", "high"]);
    await page.getByLabel("Order").selectOption("highest loss");
    await expect
      .poll(async () => (await names()).filter((name) => name === "low" || name === "high"))
      .toEqual(["high", "low"]);
    const remove = async () => {
      await page.getByLabel("Choose run low").check();
      await page.getByRole("button", { name: "Delete" }).click();
      await expect.poll(names).not.toContain("low");
    };
    await remove();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(names).toContain("low");
    await page.getByLabel("Choose run low").uncheck();
    await remove();
    // Leaving the page is the end of the undo.
    await page.goto("about:blank");
    await expect
      .poll(() =>
        client()
          .run("low")
          .then(
            ({ state }) => state,
            ({ code }) => code,
          ),
      )
      .toBe("not_found");
  });

  test("a version is rolled back, and served again", async () => {
    await using own = await serveModels(access);
    const service = client(own.url);
    for (const runId of ["one", "two"]) {
      await service.train("wide", { steps: 2, pause: 1 }, { runId });
      for await (const _event of service.watch(runId));
    }
    await using watched = await open("#/models/wide/versions", own.url);
    const { page } = watched;
    await page.getByRole("row", { name: /^2 served/ }).waitFor();
    await page.getByRole("button", { name: "Roll back to version 1" }).click();
    await page.getByRole("row", { name: /^1 served/ }).waitFor();
    expect(await service.versions("wide")).toMatchObject({ served: 1 });
    await page.getByRole("button", { name: "Serve version 2" }).click();
    await page.getByRole("row", { name: /^2 served/ }).waitFor();
    expect((await service.versions("wide")).history[0]).toMatchObject({ from: 1, to: 2 });
  });

  test("a server without WebSocket is followed over REST", async () => {
    await using watched = await openView(browser, access);
    const { page } = watched;
    await page.routeWebSocket(/.*/, (socket) => socket.close());
    await client().train("wide", { steps: 60, pause: 20 }, { runId: "over-rest" });
    await page.goto(`${server.url}/ui/#/runs/over-rest`);
    await page.getByText("succeeded", { exact: true }).first().waitFor();
    await expect.poll(() => valuesOf(page, "loss")).toBe(60);
  });
});
