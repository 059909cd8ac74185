import type { ObjectSchema } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { checkForm, clearIssues, createForm, fillForm, readForm, showIssues, toggleJson } from "./form-state.ts";

const schema: ObjectSchema = {
  type: "object",
  required: ["count"],
  properties: {
    count: { type: "integer", minimum: 1 },
    tags: { type: "array", items: { type: "string" } },
    key: { type: "string", writeOnly: true },
    image: { type: "string", format: "binary" },
  },
};
const image = new File(["a"], "a.png");

describe("a form", () => {
  test("shows given arguments, and its defaults again", () => {
    const form = createForm(schema, JSON.stringify({ count: 3 }));
    expect(readForm(form).args).toEqual({ count: 3 });
    fillForm(form, {});
    expect(readForm(form).issues).toMatchObject([{ pointer: "/count", rule: "required" }]);
  });

  test("shows arguments as JSON that its fields cannot show", () => {
    const form = createForm(schema, JSON.stringify({ count: "three" }));
    expect(JSON.parse(form.json.value ?? "")).toEqual({ count: "three" });
  });

  test("returns its arguments only if nothing is wrong with them", () => {
    const form = createForm(schema);
    expect(checkForm(form)).toBeUndefined();
    expect(form.issues.value.map(({ pointer }) => pointer)).toEqual(["/count"]);
    expect(form.refusals.value).toBe(1);
    form.draft.value = { ...form.draft.value, count: "2" };
    expect(checkForm(form)).toEqual({ count: 2 });
    expect([form.issues.value.length, form.refusals.value]).toEqual([0, 1]);
  });

  test("forgets the issues of a field and of what is inside when it changes", () => {
    const form = createForm(schema, '{"count":1,"tags":["a"]}');
    const issue = (pointer: string) => ({ pointer, rule: "r", message: "No." });
    showIssues(form, ["/count", "/tags/0", "/tagsmore"].map(issue));
    clearIssues(form, "/tags");
    expect(form.issues.value.map(({ pointer }) => pointer)).toEqual(["/count", "/tagsmore"]);
  });
});

describe("editing as JSON", () => {
  test("keeps what is entered and the files, in both directions", () => {
    const form = createForm(schema, JSON.stringify({ count: 1 }));
    form.draft.value = { ...form.draft.value, image };
    toggleJson(form);
    expect(JSON.parse(form.json.value ?? "")).toEqual({ count: 1 });
    form.json.value = '{"count": 2, "tags": ["a"]}';
    expect(checkForm(form)).toEqual({ count: 2, tags: ["a"], image });
    expect(toggleJson(form)).toBe(true);
    expect(form.json.value).toBeUndefined();
    expect(checkForm(form)).toEqual({ count: 2, tags: ["a"], image });
  });

  test.each(["{", "[]", '{"zz": 1}', '{"count": "x"}'])("stays for %s", (text) => {
    const form = createForm(schema);
    form.json.value = text;
    expect(toggleJson(form)).toBe(false);
    expect(form.json.value).toBe(text);
  });
});

test("the arguments of a link are without files and secrets; anything but an object is ignored", () => {
  const form = createForm(schema, '{"count":1,"key":"k","image":{"size":3}}');
  expect(form.draft.value).toEqual({ count: 1 });
  for (const text of ["{", "1", "[]", "null"]) expect(createForm(schema, text).draft.value).toEqual({});
});
