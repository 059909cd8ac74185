import assert from "node:assert/strict";
import { type JsonValue, modelFile } from "@deepaas/core";
import { rejection } from "../expect.ts";
import type { ServiceDraft } from "./subject.ts";

const bytes = new TextEncoder().encode("héllo");

export const argumentCases: readonly ServiceDraft[] = [
  {
    title: "valid arguments reach the model unchanged; omitted ones stay absent",
    cites: ["args.valid", "result.json"],
    models: ["echo"],
    async run({ service }) {
      const args = {
        text: 'ünïcode ☃ \u0000 "quoted" \\',
        count: 10,
        ratio: 0.1,
        flag: false,
        choice: "green",
        tags: ["a", "b"],
        nested: { size: 1, inner: { on: false } },
        dictionary: { a: 1, "a/b~c": -2.5e-300 },
        anything: [null, true, { "": [[]] }, "2", 2],
        when: "2024-02-29T12:00:00Z",
        secret: "s3cret",
      };
      assert.deepEqual(await service.predict("echo", args), args);
      const answer = (await service.predict("echo", { text: "x" })) as Record<string, JsonValue>;
      assert.deepEqual(Object.keys(answer).sort(), ["count", "tags", "text"]);
    },
  },
  {
    title: "defaults are filled in, also nested ones, and the caller's object does not change",
    cites: ["args.defaults"],
    models: ["echo"],
    async run({ service }) {
      const args = { text: "x", nested: { inner: {} } };
      const answer = await service.predict("echo", args);
      assert.deepEqual(answer, { text: "x", count: 3, tags: [], nested: { size: 7, inner: { on: true } } });
      assert.deepEqual(args, { text: "x", nested: { inner: {} } });
    },
  },
  {
    title: "arguments that no field declares do not reach the model",
    cites: ["args.unknown.drop"],
    models: ["echo"],
    async run({ service }) {
      assert.deepEqual(await service.predict("echo", { text: "x", other: 1 }), { text: "x", count: 3, tags: [] });
    },
  },
  {
    title: 'with `unknownArgs: "reject"` arguments that no field declares are refused',
    cites: ["args.unknown.reject"],
    needs: ["limits"],
    models: ["echo"],
    options: { unknownArgs: "reject" },
    async run({ service }) {
      const { issues } = await rejection(service.predict("echo", { text: "x", "a/b": 1 }), "invalid_args");
      assert.deepEqual(
        issues?.map(({ pointer }) => pointer),
        ["/a~1b"],
      );
      await rejection(service.train("echo", { text: "x", other: 1 }), "invalid_args");
    },
  },
  {
    title: "each issue has a JSON Pointer, a rule and a sentence",
    cites: ["args.invalid"],
    models: ["echo"],
    async run({ service }) {
      const cases: readonly (readonly [object, string])[] = [
        [{}, "/text"],
        [{ text: "" }, "/text"],
        [{ text: 1 }, "/text"],
        [{ text: null }, "/text"],
        [{ text: "x", count: 11 }, "/count"],
        [{ text: "x", count: 1.5 }, "/count"],
        [{ text: "x", count: "3" }, "/count"],
        [{ text: "x", ratio: 0 }, "/ratio"],
        [{ text: "x", choice: "grey" }, "/choice"],
        [{ text: "x", tags: ["a", "B"] }, "/tags/1"],
        [{ text: "x", nested: { inner: { on: "yes" } } }, "/nested/inner/on"],
        [{ text: "x", dictionary: { "a/b~c": "1" } }, "/dictionary/a~1b~0c"],
        [{ text: "x", when: "tomorrow" }, "/when"],
        [{ text: "x", login: { user: "me" } }, "/login/password"],
        [{ text: "x", file: "not a file" }, "/file"],
      ];
      for (const [args, pointer] of cases) {
        const { issues = [] } = await rejection(service.predict("echo", args), "invalid_args");
        assert.ok(
          issues.some((issue) => issue.pointer === pointer),
          `${JSON.stringify(args)}: ${JSON.stringify(issues)}`,
        );
        for (const { rule, message } of issues) assert.ok(rule.length > 0 && message.length > 0);
      }
    },
  },
  {
    title: "all issues are reported, also many",
    cites: ["args.invalid.all", "train.invalid"],
    models: ["echo"],
    async run({ service }) {
      const wrong = {
        text: 1,
        count: 0,
        ratio: -1,
        flag: 3,
        choice: 4,
        tags: ["A", "B"],
        nested: 5,
        dictionary: 6,
        when: 7,
        secret: 8,
        files: [9],
      };
      const places = [
        "/choice",
        "/count",
        "/dictionary",
        "/files/0",
        "/flag",
        "/nested",
        "/ratio",
        "/secret",
        "/tags/0",
        "/tags/1",
        "/text",
        "/when",
      ];
      const predict = () => service.predict("echo", wrong);
      const train = () => service.train("echo", wrong, { runId: "wrong" });
      for (const call of [predict, train]) {
        const { issues = [] } = await rejection(call(), "invalid_args");
        assert.deepEqual(new Set(issues.map(({ pointer }) => pointer)), new Set(places));
      }
      await rejection(service.run("wrong"), "not_found");
    },
  },
  {
    title: "arguments that are not an object are refused",
    cites: ["args.invalid.kind"],
    models: ["bare"],
    async run({ service }) {
      for (const args of [null, 1, "x", [], true]) await rejection(service.predict("bare", args), "invalid_args");
    },
  },
  {
    title: "prototype keys in the input have no effect",
    cites: ["args.prototype"],
    models: ["echo"],
    async run({ service }) {
      const withPrototypeKeys =
        '{"text":"x","__proto__":{"count":9,"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1}';
      assert.deepEqual(await service.predict("echo", JSON.parse(withPrototypeKeys)), { text: "x", count: 3, tags: [] });
      const nested = JSON.parse(
        '{"text":"x","nested":{"size":1,"__proto__":{"polluted":1}},"dictionary":{"constructor":2}}',
      ) as object;
      const answer = (await service.predict("echo", nested)) as { dictionary: object };
      assert.equal(Object.hasOwn(answer.dictionary, "constructor"), true, "in a dictionary they are ordinary members");
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      assert.equal((answer as { polluted?: unknown }).polluted, undefined);
      await rejection(service.predict("echo", JSON.parse('{"__proto__":{"text":"x"}}')), "invalid_args");
    },
  },
  {
    title: "a file reaches the model as bytes, buffer, Blob or ModelFile, with content, media type and name",
    cites: ["args.file"],
    models: ["echo"],
    async run({ service }) {
      const named = modelFile(bytes, { contentType: "text/x-greeting", originalFilename: "hi.txt" });
      const unknown = { contentType: "application/octet-stream", originalFilename: null, text: "héllo" };
      const sources = [
        [named, { contentType: "text/x-greeting", originalFilename: "hi.txt", text: "héllo" }],
        [new Blob([bytes], { type: "image/png" }), { ...unknown, contentType: "image/png" }],
        [bytes, unknown],
        [bytes.buffer, unknown],
        [new Uint8Array(), { ...unknown, text: "" }],
        [modelFile(new Blob([bytes]).stream()), unknown],
      ] as const;
      for (const [file, expected] of sources) {
        const answer = (await service.predict("echo", { text: "x", file })) as { file: typeof unknown };
        assert.equal(answer.file.text, expected.text);
        assert.equal(answer.file.contentType, expected.contentType);
        if (expected.originalFilename !== null) assert.equal(answer.file.originalFilename, expected.originalFilename);
      }
    },
  },
  {
    title: "a list of files reaches the model in order, together with other arguments",
    cites: ["args.file.list"],
    models: ["echo"],
    async run({ service }) {
      const files = ["one", "two", "three"].map((text) =>
        modelFile(new TextEncoder().encode(text), { originalFilename: `${text}.txt` }),
      );
      const answer = (await service.predict("echo", { text: "x", count: 4, nested: {}, files })) as {
        files: { text: string }[];
      };
      assert.deepEqual(
        answer.files.map(({ text }) => text),
        ["one", "two", "three"],
      );
      assert.deepEqual({ ...answer, files: 0 }, { text: "x", count: 4, tags: [], nested: { size: 7 }, files: 0 });
      await rejection(service.predict("echo", { text: "x", files: ["one"] }), "invalid_args");
      await rejection(service.predict("echo", { text: bytes }), "invalid_args");
    },
  },
];
