// Runs the Python side of docs/fields.md with several versions of marshmallow: converts every field of its tables, and gives
// every value to both checks, the server's and marshmallow's.
import { createHost, DeepaasError, type ModelService } from "@deepaas/core";
import { beforeAll, describe, expect, test } from "vitest";
import { type FieldsRow, fieldsRows, isJson, leftOut, type ValuesRow, valuesRows } from "./support/fields-doc.ts";
import { type Converted, convertRows, pythons } from "./support/python-fields.ts";

const different = valuesRows("Different in Python");
const byServer = valuesRows("Refused by the server");
const byMarshmallow = valuesRows("Refused by marshmallow");

/** Values of every kind, in addition to those of the page. */
const moreValues: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 2 ** 31, 2 ** 53 - 1, 1e-7, "", "a", "red", "r", "abc", "é", "😀", "x".repeat(6)],
  ...[
    "1_000",
    "1.5",
    "nan",
    "-Infinity",
    "true",
    "0",
    "null",
    [],
    [null],
    [1, "a"],
    ["a", 1],
    ["a", "b"],
    ["z"],
    [[]],
    [[1]],
  ],
  ...[[["1"]], {}, { a: null }, { a: 1 }, { a: "1" }, { a: 1, b: 2 }, { x: 1, y: null }, { x: "1" }, [{ a: "1" }]],
  ...["2026-02-30", "2026-11-22T25:00", "2026-11-22T10", "1:2", "100000", "10:00:00.123456789", "10:00+02", "01.2.3.4"],
  ...["1ce174ca13344ea09a208521c52e69d1", "urn:uuid:1ce174ca-1334-4ea0-9a20-8521c52e69d1", "http://localhost:5000"],
  ...["HTTP://EXAMPLE.ORG/é", "http://[::1]/", "http://1.2.3.4", "http://exa mple.org", "//example.org", "1.2.3.4/8"],
  ...["a@localhost", "a b@example.org", "a@[1.2.3.4]", "1::2:1.2.3.4"],
];

const parts = (value: unknown): readonly unknown[] =>
  typeof value === "object" && value !== null ? Object.values(value).flatMap(parts) : [value];
const some = (is: (part: unknown) => boolean) => (value: unknown) => parts(value).some(is);
const text = (pattern: RegExp) => some((part) => typeof part === "string" && pattern.test(part));
const isoDateTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;

/** Which values the words of the page mean. */
const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
  "a number as text": text(/^\s*[+-]?(?:[\d_]*\.?\d+|nan|inf(?:inity)?)\s*$/i),
  "a number with a fraction": some((part) => typeof part === "number" && !Number.isInteger(part)),
  "a boolean as text or number": (value) => value === 0 || value === 1 || text(/^(?:[01]|true|yes)$/)(value),
  "a boolean": (value) => typeof value === "boolean",
  "another form of ISO 8601": (value) => typeof value === "string" && !isoDateTime.test(value),
  "in braces": text(/^\{.*\}$/),
  "letters outside of ASCII": text(/[\u{80}-\u{10ffff}]/u),
  "an address with a zone": text(/%/),
  "text instead of a list": (value) => typeof value === "string",
  "a line end after the text that matches": text(/\n$/),
  "none of the choices": (value) => typeof value === "string",
  "no file": () => true,
  "a time with a zone": text(/(?:Z|[+-]\d\d:?\d\d)$/),
  "a time without a zone": text(isoDateTime),
  "another scheme, or a host that is no domain": text(/:/),
  "a host that is no domain": text(/@[^.]+$/),
  null: (value) => value === null,
  "a longer time than Python has": (value) => typeof value === "number" && value > 1e14,
};

const pageValues = [
  ...fieldsRows.flatMap(({ takes, refuses }) => [...takes, ...refuses]),
  ...[different, byServer, byMarshmallow].flat().flatMap(({ values }) => values),
];
const values = [
  ...new Map([...moreValues, ...pageValues].filter(isJson).map((one) => [JSON.stringify(one), one])).values(),
];
const indexOf = (value: unknown) => values.findIndex((one) => JSON.stringify(one) === JSON.stringify(value));

const fields = fieldsRows.flatMap((row) => row.python.map((code) => ({ code, row })));
const isMeant = (row: ValuesRow, code: string, value: unknown) =>
  row.codes.some((one) => code.includes(one)) && kinds[row.kind]?.(value) === true;

test("the page says which values it means", () => {
  const rows = [...byServer, ...byMarshmallow];
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.map(({ kind }) => kind).filter((kind) => kinds[kind] === undefined)).toEqual([]);
});

describe.each(pythons)("$packages", ({ variable, without }) => {
  const python = process.env[variable];
  const title = `(needs ${variable}, a Python with these packages)`;

  describe.skipIf(python === undefined && !process.env.CI)(title, () => {
    interface Field {
      readonly code: string;
      readonly row: FieldsRow;
      readonly converted: Converted;
      /** For each value, whether the server takes it. */
      readonly taken: readonly boolean[];
    }
    const found: Field[] = [];
    const missing: string[] = [];

    beforeAll(async () => {
      if (python === undefined) throw new Error(`${variable} must name a Python with ${title}; .ci/run installs one`);
      const rows = await convertRows(python, { rows: fields.map(({ code }) => code), values });
      const made = fields.map((one, i) => ({ ...one, converted: rows[i] as Converted }));
      missing.push(...made.filter(({ converted }) => converted.missing !== undefined).map(({ code }) => code));
      const present = made.filter(({ converted }) => converted.missing === undefined);
      await using host = await hostOf(present.map(({ converted }) => converted.declared));
      for (const [i, one] of present.entries()) {
        const taken = await Promise.all(values.map((value) => isTaken(host, { [`f${i}`]: value })));
        found.push({ ...one, taken });
      }
    });

    const loads = ({ converted }: Field, value: unknown) => converted.loads[indexOf(value)]?.taken !== undefined;
    const serves = ({ taken }: Field, value: unknown) => taken[indexOf(value)] === true;

    test("only these fields are not there", () => {
      expect(missing).toEqual(without);
    });

    test("each field is declared as the page says", () => {
      for (const { code, row, converted } of found) {
        expect({ code, declared: converted.declared }).toEqual({ code, declared: JSON.parse(row.declared) });
      }
    });

    test("each field takes and refuses the values of the page, except those that it lists", () => {
      const differs = (code: string, value: unknown) =>
        different.some((row) => row.codes.includes(code) && row.values.some((one) => one === value));
      for (const field of found) {
        const { code, row, converted } = field;
        const outcomes = [
          ...row.takes.map((value) => [value, true]),
          ...row.refuses.map((value) => [value, false]),
        ] as const;
        for (const [value, taken] of outcomes) {
          if (value === leftOut) {
            expect({ code, leftOut: isOptional(converted) && converted.leftOut.taken !== undefined }).toEqual({
              code,
              leftOut: taken,
            });
          } else if (isJson(value)) {
            const expected = differs(code, value) ? !taken : taken;
            expect({ code, value, taken: serves(field, value) && loads(field, value) }).toEqual({
              code,
              value,
              taken: expected,
            });
          }
        }
      }
    });

    test("the two checks agree on every value, except those that the page lists", () => {
      const surprises: unknown[] = [];
      for (const field of found) {
        for (const value of values) {
          const [server, marshmallow] = [serves(field, value), loads(field, value)];
          if (server === marshmallow) continue;
          const rows = server ? byMarshmallow : byServer;
          if (!rows.some((row) => isMeant(row, field.code, value)))
            surprises.push({ code: field.code, value, server, marshmallow });
        }
      }
      expect(surprises).toEqual([]);
    });

    test("the values that the page lists are refused by the one check that it names", () => {
      for (const [rows, server] of [
        [byServer, false],
        [byMarshmallow, true],
      ] as const) {
        for (const row of rows) {
          const meant = found.filter(({ code }) => row.codes.some((one) => code.includes(one)));
          const disagree = row.values.filter((value) =>
            meant.some((field) => serves(field, value) === server && loads(field, value) !== server),
          );
          // Which forms of ISO 8601 are read differs among versions; each version reads some of them.
          if (row.kind === "another form of ISO 8601") expect(disagree.length).toBeGreaterThan(0);
          else expect({ kind: row.kind, values: disagree }).toEqual({ kind: row.kind, values: row.values });
        }
      }
    });
  });
});

function isOptional({ declared }: Converted): boolean {
  return "default" in declared || declared.required === false || "~optional" in declared;
}

/** A host with these fields, all of which may be left out. */
async function hostOf(schemas: readonly Converted["declared"][]) {
  const entries = schemas.map(({ default: _default, ...schema }, i): [string, object] => [
    `f${i}`,
    Array.isArray(schema.required) ? { ...schema, "~optional": true } : { ...schema, required: false },
  ]);
  const args = Object.fromEntries(entries) as never;
  return createHost({ models: { m: { getPredictArgs: () => args, predict: () => "taken" } } });
}

async function isTaken(host: ModelService, args: Readonly<Record<string, unknown>>): Promise<boolean> {
  try {
    await host.predict("m", args);
    return true;
  } catch (error) {
    if (DeepaasError.is(error) && error.code === "invalid_args") return false;
    throw error;
  }
}
