import type { ObjectSchema } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import {
  argsOfLink,
  checkForm,
  clearFaults,
  createForm,
  fillForm,
  readForm,
  setDraft,
  showIssues,
  toggleJson,
} from "./form-state.ts";

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
    const form = createForm(schema, { count: 3 });
    expect(readForm(form).args).toEqual({ count: 3 });
    fillForm(form, {});
    expect(form.draft.value.count).toBe("");
  });

  test("shows arguments as JSON that its fields cannot show", () => {
    const form = createForm(schema, { count: "three" });
    expect(JSON.parse(form.json.value ?? "")).toEqual({ count: "three" });
  });

  test("returns its arguments only if nothing is wrong with them", () => {
    const form = createForm(schema);
    expect(checkForm(form)).toBeUndefined();
    expect([...form.faults.value.at.keys()]).toEqual(["/count"]);
    expect(form.refusals.value).toBe(1);
    setDraft(form, "count", "2");
    expect(checkForm(form)).toEqual({ count: 2 });
    expect([form.faults.value.at.size, form.refusals.value]).toEqual([0, 1]);
  });

  test("forgets the faults of a field and of what is inside when it changes", () => {
    const form = createForm(schema, { count: 1, tags: ["a"] });
    showIssues(
      form,
      ["/tags", "/tags/0", "/count", "/zz"].map((pointer) => ({ pointer, rule: "r", message: "No." })),
    );
    clearFaults(form, "/tags");
    expect([...form.faults.value.at.keys()]).toEqual(["/count"]);
    expect(form.faults.value.others).toHaveLength(1);
  });
});

describe("editing as JSON", () => {
  test("keeps what is entered and the files, in both directions", () => {
    const form = createForm(schema, { count: 1 });
    setDraft(form, "image", image);
    toggleJson(form);
    expect(JSON.parse(form.json.value ?? "")).toEqual({ count: 1 });
    form.json.value = '{"count": 2, "tags": ["a"]}';
    expect(checkForm(form)).toEqual({ count: 2, tags: ["a"], image });
    expect(toggleJson(form)).toBeUndefined();
    expect(form.json.value).toBeUndefined();
    expect(checkForm(form)).toEqual({ count: 2, tags: ["a"], image });
  });

  test.each(["{", "[]", '{"zz": 1}', '{"count": "x"}'])("stays for %s, and says why", (text) => {
    const form = createForm(schema);
    form.json.value = text;
    expect(toggleJson(form)).toEqual(expect.any(String));
    expect(form.json.value).toBe(text);
  });

  test("shows faults above, those of files at the files", () => {
    const form = createForm(schema, { count: 1 });
    toggleJson(form);
    showIssues(form, [
      { pointer: "/count", rule: "r", message: "No." },
      { pointer: "/image", rule: "r", message: "No." },
    ]);
    expect([...form.faults.value.at.keys()]).toEqual(["/image"]);
    expect(form.faults.value.others.map(({ pointer }) => pointer)).toEqual(["/count"]);
  });
});

test("the arguments of a link are without files and secrets; anything but an object is refused", () => {
  expect(argsOfLink(schema, '{"count":1,"key":"k","image":{"size":3}}')).toEqual({ count: 1 });
  for (const text of ["{", "1", "[]", "null"]) expect(argsOfLink(schema, text)).toBeUndefined();
});
