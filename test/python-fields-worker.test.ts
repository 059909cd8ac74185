// Sends the values of docs/fields.md through a real Python worker, whose model has all fields of the page.
import { fileURLToPath } from "node:url";
import { createHost, DeepaasError, type ModelService } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fieldsRows, isJson, leftOut, valuesRows } from "./support/fields-doc.ts";

const variable = "DEEPAAS_MARSHMALLOW_3_PYTHON";
const python = process.env[variable];
const module = fileURLToPath(new URL("support/python_fields_model.py", import.meta.url));
const different = valuesRows("Different in Python");

/** All names but `mapped-key`, which is a `data_key`, are `f` and the number of the row. */
const rows = fieldsRows
  .flatMap((row) => row.python.map((code) => ({ code, ...row })))
  .map((row, i) => ({ ...row, name: /data_key="([^"]+)"/.exec(row.code)?.[1] ?? `f${i}` }));
const required = Object.fromEntries(
  rows
    .filter(({ code }) => code.includes("required=True"))
    .map(({ name, takes, declared }) => [name, takes.length > 0 ? takes[0] : choiceOf(declared)]),
);

function choiceOf(declared: string): unknown {
  return (JSON.parse(declared) as { enum?: unknown[] }).enum?.[0];
}

describe.skipIf(python === undefined && !process.env.CI)(
  `fields of webargs in a Python worker (needs ${variable}, a Python with marshmallow and webargs)`,
  () => {
    let host: ModelService & AsyncDisposable;

    beforeAll(async () => {
      if (python === undefined) throw new Error(`${variable} must name a Python with marshmallow and webargs`);
      const env = { FIELDS: JSON.stringify(rows.map(({ code }) => code)) };
      host = await createHost({ executor: workers({ modules: { m: { module, runtime: "python", python, env } } }) });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    const outcomeOf = async (args: Readonly<Record<string, unknown>>) => {
      try {
        return (await host.predict("m", args)) as Readonly<Record<string, unknown>>;
      } catch (error) {
        if (DeepaasError.is(error) && error.code === "invalid_args") return error.issues ?? [];
        throw error;
      }
    };

    test.each(rows)("$code", async ({ name, code, takes, refuses }) => {
      const given = (value: unknown) => {
        const { [name]: _own, ...others } = required;
        return value === leftOut ? others : { ...others, [name]: value };
      };
      const differs = (value: unknown) =>
        isJson(value) && different.some((row) => row.codes.includes(code) && row.values.includes(value));
      expect(Array.isArray(await outcomeOf(required))).toBe(false);
      for (const [values, taken] of [
        [takes, true],
        [refuses, false],
      ] as const) {
        for (const value of values) {
          const outcome = await outcomeOf(given(value));
          const isTaken = !Array.isArray(outcome);
          expect({ value, isTaken, outcome }).toEqual({ value, isTaken: differs(value) ? !taken : taken, outcome });
          // A fault is reported at its argument.
          if (Array.isArray(outcome)) expect(outcome.every(({ pointer }) => pointer.split("/")[1] === name)).toBe(true);
        }
      }
    });

    const nameOf = (code: string) => rows.find((row) => row.code === code)?.name ?? "";

    test("the model receives what marshmallow makes of the values", async () => {
      const received = async (code: string, value: unknown) => {
        const name = nameOf(code);
        return ((await outcomeOf({ ...required, [name]: value })) as Record<string, unknown>)[name];
      };
      expect(await received("fields.Date()", "2026-11-22")).toBe("datetime.date(2026, 11, 22)");
      expect(await received("fields.Decimal(places=2)", 1.239)).toBe("Decimal('1.24')");
      expect(await received("fields.Enum(Color)", "red")).toBe("<Color.red: 'r'>");
      expect(await received("fields.Constant(42)", 43)).toBe("42");
      expect(await received("fields.DelimitedList(fields.Int())", [1, 2])).toEqual(["1", "2"]);
      const image = new Blob(["x"], { type: "image/png" });
      const metadata = 'metadata={"type": "file", "location": "form"})';
      expect(await received(`fields.Field(${metadata}`, image)).toBe("file of image/png");
      expect(await received(`fields.List(fields.Field(), ${metadata}`, [image])).toEqual(["file of image/png"]);
    });

    test("what marshmallow refuses has its sentence", async () => {
      const args = { ...required, checked: "abc", [nameOf("fields.AwareDateTime()")]: "2026-11-22T10:00:00" };
      expect(await outcomeOf(args)).toMatchObject([
        { pointer: `/${nameOf("fields.AwareDateTime()")}`, message: "Not a valid aware datetime." },
        { pointer: "/checked", message: "The length is odd." },
      ]);
    });
  },
);
