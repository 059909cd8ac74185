// What a page loads when it imports a client from `@deepaas/client`, and what the page of `@deepaas/ui` loads.
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { uiFolder } from "@deepaas/ui";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

const entry = "\0entry";

async function bundled(...names: readonly string[]): Promise<string> {
  const code = `import { ${names.join(", ")} } from "@deepaas/client"; globalThis.used = [${names.join(", ")}];`;
  const plugin = {
    name: "entry",
    resolveId: (id: string) => (id === entry ? entry : null),
    load: (id: string) => (id === entry ? code : null),
  };
  // From this folder, whose package.json knows the client.
  const resolver = {
    name: "from-here",
    async resolveId(this: { resolve(id: string, from: string): Promise<unknown> }, id: string, importer?: string) {
      return importer === entry ? ((await this.resolve(id, import.meta.filename)) as { id: string }) : null;
    },
  };
  await using bundle = await rolldown({ input: entry, platform: "browser", plugins: [plugin, resolver] });
  const { output } = await bundle.generate({ minify: true });
  expect(output).toHaveLength(1);
  return output[0].code;
}

test.each(["connectWs", "connectRest"])(
  "%s with keepWatching is under 8 KiB, bundled and gzipped, and takes nothing of Node.js",
  async (connect) => {
    const code = await bundled(connect, "keepWatching");
    expect(code).not.toMatch(/from\s*"|require\(|node:/);
    expect((await promisify(gzip)(code, { level: 9 })).length).toBeLessThan(8 * 1024);
  },
);

test("all files of the page are at most 70 KiB, gzipped", async () => {
  const names = await readdir(uiFolder);
  const sizes = names.map(
    async (name) => (await promisify(gzip)(await readFile(new URL(name, uiFolder)), { level: 9 })).length,
  );
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(names).toContain("index.html");
  expect(total).toBeLessThanOrEqual(70 * 1024);
});
