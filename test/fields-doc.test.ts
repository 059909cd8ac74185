// Runs docs/fields.md: registers every field of its tables and tries every value beside it.
import { createHost, DeepaasError, FileField, SecretField, Type, withDefault } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { fieldsRows, leftOut } from "./support/fields-doc.ts";

// The document is part of the repository, so it is safe to evaluate.
const fieldFrom = (code: string) =>
  // oxlint-disable-next-line typescript/no-implied-eval -- evaluating the document's own code is the test
  new Function("Type", "FileField", "SecretField", "withDefault", `return (${code});`)(
    Type,
    FileField,
    SecretField,
    withDefault,
  ) as never;

const rows = fieldsRows.flatMap(({ field, ...row }) => (field === undefined ? [] : [{ ...row, field }]));

test("docs/fields.md has its rows", () => {
  expect(rows.filter(({ section }) => section === "Fields").length).toBeGreaterThanOrEqual(30);
  expect(rows.filter(({ section }) => section === "Options").length).toBeGreaterThanOrEqual(20);
});

describe.each(rows)("$python is $field", ({ field, takes, refuses }) => {
  const codeOf = async (value: unknown) => {
    const model = { getPredictArgs: () => ({ field: fieldFrom(field) }), predict: () => "taken" };
    await using host = await createHost({ models: { model } });
    try {
      return await host.predict("model", value === leftOut ? {} : { field: value });
    } catch (error) {
      return DeepaasError.is(error) ? error.code : error;
    }
  };

  test.each([
    ...takes.map((value) => ({ value, answer: "taken" })),
    ...refuses.map((value) => ({ value, answer: "invalid_args" })),
    { value: undefined, answer: undefined },
  ])("$value: $answer", async ({ value, answer }) => {
    if (answer !== undefined) expect(await codeOf(value)).toBe(answer);
    // Also a row without values must register.
    else expect(() => fieldFrom(field)).not.toThrow();
  });
});
