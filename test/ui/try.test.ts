// Trying a model on the page: every kind of field, files, wrong input, results.
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../support/browser.ts";
import { chromium } from "../support/chromium.ts";
import type { Served } from "../support/deepaas.ts";
import { accesses, openView, serveModels } from "./server.ts";

const inBrowser = describe.skipIf(!chromium && !process.env.CI);

const seven = fileURLToPath(new URL("../../examples/digits/7.png", import.meta.url));

let browser: Browser;
let server: Served;

const predict = (page: Page) => page.getByRole("button", { name: "Predict", exact: true }).click();
const result = (page: Page) => page.getByRole("region", { name: "Result" });

const likeliest = (page: Page) => result(page).getByRole("listitem").first();

/** The JSON of the result, as it is downloaded. */
async function resultOf(page: Page): Promise<unknown> {
  const link = result(page).getByRole("link", { name: /Download/ });
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  return JSON.parse(readFileSync(await download.path(), "utf8"));
}

inBrowser.each(accesses)("trying a model $title (needs chromium)", (access) => {
  const open = async (view: string) => {
    const watched = await openView(browser, access);
    await watched.page.goto(`${server.url}/ui/${view}`);
    return watched;
  };

  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), serveModels(access)]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  test("a seven that is drawn is read as 7", async () => {
    await using watched = await open("#/models/digits");
    const { page } = watched;
    await page.getByRole("button", { name: "Draw" }).click();
    const area = await page.getByRole("img", { name: "Drawing area" }).boundingBox();
    if (!area) throw new Error("There is nothing to draw on.");
    const at = (x: number, y: number) => [area.x + x * area.width, area.y + y * area.height] as const;
    await page.mouse.move(...at(0.3, 0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.7, 0.25), { steps: 10 });
    await page.mouse.move(...at(0.45, 0.8), { steps: 10 });
    await page.mouse.up();
    await predict(page);
    await likeliest(page).getByText("7", { exact: true }).waitFor();
  });

  test("a file that is chosen or dropped is sent", async () => {
    await using watched = await open("#/models/digits");
    const { page } = watched;
    await page.getByLabel("image: choose a file").setInputFiles(seven);
    await page.getByRole("img", { name: "7.png" }).waitFor();
    await predict(page);
    await likeliest(page).getByText("7", { exact: true }).waitFor();
    await result(page).getByText("version 0 (shipped)").waitFor();
  });

  test("every kind of field reaches the model as it was filled in", async () => {
    await using watched = await open("#/models/wide");
    const { page } = watched;
    const fill = (label: string, text: string) => page.getByLabel(label, { exact: false }).first().fill(text);
    await fill("name", "Ada");
    await fill("story", "Two\nlines");
    await fill("code", "abc7");
    await page.getByRole("textbox", { name: "count" }).fill("5");
    await page.getByRole("textbox", { name: "factor" }).fill("0.5");
    await page.getByRole("radio", { name: "green" }).check();
    await page.getByLabel("city").selectOption("Ghent");
    await page.getByRole("switch", { name: "quick" }).uncheck();
    await fill("day", "2026-11-28");
    await fill("hour", "10:20:30");
    await fill("moment", "2026-11-28T10:20:30");
    await page.getByRole("button", { name: "Remove tags 1" }).click();
    await page.getByRole("button", { name: "Add sizes" }).click();
    await page.getByRole("textbox", { name: "sizes 1" }).fill("7");
    await page.getByRole("button", { name: "Add place" }).click();
    await fill("street", "High Street");
    await page.getByRole("textbox", { name: "number" }).fill("12");
    await page.getByRole("button", { name: "Add people" }).click();
    await fill("first", "Grace");
    await fill("matrix", "[[1, 2], [3.5, 4]]");
    await fill("anything", '{"a": [null]}');
    await fill("password", "not to be seen");
    await page.getByLabel("picture: choose a file").setInputFiles(seven);
    await page.getByLabel("files: choose files").setInputFiles([seven, seven]);
    await predict(page);
    const size = statSync(seven).size;
    expect(await resultOf(page)).toEqual({
      name: "Ada",
      story: "Two\nlines",
      code: "abc7",
      count: 5,
      factor: 0.5,
      colour: "green",
      city: "Ghent",
      quick: false,
      day: "2026-11-28",
      hour: "10:20:30Z",
      moment: "2026-11-28T10:20:30.000Z",
      tags: ["b"],
      sizes: [7],
      place: { street: "High Street", number: 12 },
      people: [{ first: "Grace" }],
      matrix: [
        [1, 2],
        [3.5, 4],
      ],
      anything: { a: [null] },
      nothing: null,
      password: "not to be seen",
      picture: { file: "7.png", size, type: "image/png" },
      files: [
        { file: "7.png", size, type: "image/png" },
        { file: "7.png", size, type: "image/png" },
      ],
      mode: "echo",
    });
    // Neither secrets nor files are kept.
    const kept = await page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    expect(kept).toContain("High Street");
    expect(kept).not.toContain("not to be seen");
  });

  test("wrong input is refused at its field, before it is sent", async () => {
    await using watched = await open("#/models/wide");
    const { page } = watched;
    const sent: string[] = [];
    page.on("request", (request) => void (request.method() === "POST" && sent.push(request.url())));
    await page.getByLabel("code").fill("ABC");
    await predict(page);
    const name = page.getByLabel("name", { exact: false }).first();
    await expect.poll(() => name.getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByLabel("code").getAttribute("aria-invalid")).toBe("true");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe(await name.getAttribute("id"));
    await page.getByText("2 fields need a change").waitFor();
    expect(sent).toEqual([]);
    await name.fill("Ada");
    await page.getByLabel("code").fill("abc7");
    await predict(page);
    await expect.poll(() => sent.length).toBe(1);
  });

  test("what only the server finds is at its field, too", async () => {
    const args = { name: "Ada", place: { street: "Nowhere" }, mode: "picky" };
    await using watched = await open(`#/models/wide?args=${encodeURIComponent(JSON.stringify(args))}`);
    const { page } = watched;
    await predict(page);
    await page.getByText("The arguments are not accepted: see the form.").waitFor();
    const field = page.getByLabel("street");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    const faultId = ((await field.getAttribute("aria-describedby")) ?? "").split(" ").at(-1);
    expect(await page.locator(`[id="${faultId}"]`).textContent()).toBe("There is no such street.");
  });

  test("a picture, a table, a stream and a failure are shown as such", async () => {
    await using watched = await open("#/models/wide?args=%7B%22name%22%3A%22Ada%22%7D");
    const { page } = watched;
    const mode = (name: string) => page.getByRole("combobox", { name: "mode" }).selectOption({ label: name });
    await mode("picture");
    await predict(page);
    await result(page).getByRole("img").waitFor();
    await mode("table");
    await predict(page);
    await result(page)
      .getByRole("cell", { name: "Delft" })
      .or(result(page).getByRole("rowheader", { name: "Delft" }))
      .waitFor();
    await mode("fail");
    await predict(page);
    await result(page).getByRole("alert").getByText("The log of the server has more").waitFor();
    await mode("echo");
    await page.getByRole("switch", { name: "Stream" }).check();
    await predict(page);
    await result(page).getByText("Ada 1Ada 2Ada 3").waitFor();
  });

  test("the command to copy does what the form does", async () => {
    const args = { name: "O'Hara $HOME", tags: ['"x"', "`y`"] };
    await using watched = await open(`#/models/wide?args=${encodeURIComponent(JSON.stringify(args))}`);
    const { page } = watched;
    await page.getByText("Call it from code").click();
    const command = (await page.getByRole("region", { name: "The call for curl" }).textContent()) ?? "";
    const env = { ...process.env, DEEPAAS_TOKEN: access.key };
    const { stdout } = spawnSync("sh", ["-c", command], { encoding: "utf8", env });
    const { predictions } = JSON.parse(stdout) as { readonly predictions: string };
    expect(JSON.parse(predictions)).toMatchObject(args);
  });

  test("the last calls are kept in the browser, and filled in again", async () => {
    await using watched = await open("#/models/wide");
    const { page } = watched;
    await page.getByLabel("name", { exact: false }).first().fill("Grace");
    await predict(page);
    await page.getByRole("region", { name: "Your last calls" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: /^Use again/ }).click();
    expect(await page.getByLabel("name", { exact: false }).first().inputValue()).toBe("Grace");
  });
});
