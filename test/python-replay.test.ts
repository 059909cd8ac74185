// The exchanges that were recorded from the Python server, sent to the same models, unchanged, in a Python worker.
// `REPLAY=write` writes the outcome to docs/compared-with-python.md; without it the test checks that page.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { silentLogger } from "@deepaas/core";
import type { Executor } from "@deepaas/core/ports";
import { workers } from "@deepaas/workers";
import { expect, test } from "vitest";

const testing = new URL("../packages/koa/src/testing/", import.meta.url);
const variable = "DEEPAAS_MARSHMALLOW_3_PYTHON";
const python = process.env[variable];
/** The recorded models whose text is known. */
const known = ["wide", "schemamodel", "bench"];

/** As in `python-replay.ts` of the REST adapter. */
type ReplayInPython = (
  served: (names: readonly string[]) => { readonly executor: Executor } | undefined,
) => Promise<{ readonly failures: readonly string[]; readonly unused: readonly string[]; readonly text: string }>;

function served(names: readonly string[]) {
  if (!names.every((name) => known.includes(name))) return undefined;
  const modules = names.map((name) => {
    const module = fileURLToPath(new URL(`support/recorded/${name}.py`, import.meta.url));
    return [name, { module, runtime: "python" as const, ...(python !== undefined && { python }) }] as const;
  });
  return { executor: workers({ modules: Object.fromEntries(modules), logger: silentLogger }) };
}

test.skipIf(python === undefined && !process.env.CI)(
  `recorded exchanges are those of the unchanged models (needs ${variable}, a Python with marshmallow, webargs and aiohttp)`,
  async () => {
    if (python === undefined) throw new Error(`${variable} must name a Python with marshmallow, webargs and aiohttp`);
    const { replayInPython } = (await import(new URL("python-replay.ts", testing).href)) as {
      replayInPython: ReplayInPython;
    };
    const { failures, unused, text } = await replayInPython(served);
    expect(failures).toEqual([]);
    expect(unused).toEqual([]);
    const page = new URL("../docs/compared-with-python.md", import.meta.url);
    const before = readFileSync(page, "utf8");
    const after = before.replace(
      /(<!-- replay python -->\n)[\s\S]*?(\n<!-- \/replay python -->)/,
      (_all, start: string, end: string) => [start, text, end].join(""),
    );
    if (process.env.REPLAY === "write") writeFileSync(page, after);
    else expect(before).toBe(after);
    expect(after).toMatch(/exchanges are replayed: \d{3} match/);
  },
  120_000,
);
