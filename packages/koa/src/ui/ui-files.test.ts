import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { serve } from "../testing/served.ts";

const html = '<!doctype html><script type="module" src="./main-1.js"></script>';
let folder = "";
let ui: URL;

beforeAll(() => {
  folder = mkdtempSync(join("/tmp", "deepaas-koa-ui-"));
  ui = pathToFileURL(folder);
  writeFileSync(join(folder, "index.html"), html);
  writeFileSync(join(folder, "main-1.js"), `// ${"long ".repeat(400)}`);
  writeFileSync(join(folder, "secret.txt"), "secret");
  return () => rmSync(folder, { recursive: true });
});

describe("with a page", () => {
  test("/ui leads to /ui/, under a base path, too", async () => {
    const { get } = await serve({ ui, basePath: "/a/b" });
    const answer = await get("/a/b/ui", { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/a/b/ui/"]);
    const page = await get("/a/b/ui/");
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await page.text()).toBe(html);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  test("its files have an entity tag and are compressed", async () => {
    const { get } = await serve({ ui });
    const script = await get("/ui/main-1.js", { headers: { "Accept-Encoding": "gzip" } });
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("content-encoding")).toBe("gzip");
    const tag = script.headers.get("etag") as string;
    expect((await get("/ui/main-1.js", { headers: { "If-None-Match": tag } })).status).toBe(304);
  });

  test.each(["/ui/none.js", "/ui/secret.txt", "/ui/..%2findex.html", "/ui/index.html", "/ui/__proto__"])(
    "%s is not found",
    async (path) => {
      const { get } = await serve({ ui });
      expect((await get(path)).status).toBe(404);
    },
  );

  test.each([
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 302],
    ["text/html", 302],
    ["*/*", 200],
    ["application/json", 200],
    ["application/json, text/html", 200],
    ["text/html;q=0.5, application/json", 200],
  ])("the root for Accept: %s is %d", async (Accept, status) => {
    const { get } = await serve({ ui });
    const answer = await get("/", { headers: { Accept }, redirect: "manual" });
    expect([answer.status, answer.headers.get("vary")]).toEqual([status, "Accept"]);
    if (status === 302) expect(answer.headers.get("location")).toBe("/ui/");
    else expect(await answer.json()).toHaveProperty("versions");
  });

  test("the document lists it", async () => {
    const { get } = await serve({ ui });
    const { paths } = (await (await get("/openapi.json")).json()) as { readonly paths: object };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(["/ui", "/ui/", "/ui/{name}"]));
  });
});

describe("without a page", () => {
  test("/ui leads to /api, and the root is JSON for browsers, too", async () => {
    const { get } = await serve();
    const answer = await get("/ui", { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/api"]);
    const root = await get("/", { headers: { Accept: "text/html" } });
    expect([root.status, root.headers.get("vary")]).toEqual([200, null]);
    expect((await get("/ui/")).status).toBe(404);
    const { paths } = (await (await get("/openapi.json")).json()) as { readonly paths: object };
    expect(paths).not.toHaveProperty(["/ui/"]);
  });

  test("with neither page /ui is not found", async () => {
    const { get } = await serve({ docEndpoint: false });
    expect((await get("/ui")).status).toBe(404);
  });
});

test.each([
  ["a text", "/tmp" as unknown as URL, "rest: ui must be a URL of a folder on disk."],
  ["a URL of the web", new URL("http://127.0.0.1/"), "rest: ui must be a URL of a folder on disk."],
  ["a folder that is missing", new URL("file:///nonexistent/"), "folder with index.html"],
  ["a folder without a page", pathToFileURL(import.meta.dirname), "folder with index.html"],
])("the option ui as %s is a TypeError", async (_title, value, message) => {
  await expect(serve({ ui: value })).rejects.toThrow(message);
});
