import assert from "node:assert/strict";
import type { JsonValue, ModelMetadata } from "@deepaas/core";
import { collect, rejection } from "../expect.ts";
import { innerMessage } from "../models/failing.ts";
import type { ServiceDraft } from "./subject.ts";

export const modelCases: readonly ServiceDraft[] = [
  {
    title: "models lists every model with its served name, and describe returns the same metadata",
    cites: ["models.list", "models.metadata"],
    models: ["echo", "trainer"],
    async run({ service }) {
      const models = await service.models();
      assert.deepEqual(models.map(({ servedAs }) => servedAs).sort(), ["echo", "trainer"]);
      const echo = models.find(({ servedAs }) => servedAs === "echo") as ModelMetadata;
      assert.equal(echo.name, "Echo");
      assert.equal(echo.id, "echo", "an id is filled in");
      assert.equal(echo.colour, "grey", "further members are kept");
      assert.deepEqual(echo.links, [{ rel: "help", href: "https://example.org/echo" }]);
      assert.deepEqual((await service.describe("echo")).metadata, echo);
    },
  },
  {
    title: "a model whose metadata is missing or throws has a generic description",
    cites: ["models.metadata.missing"],
    models: ["bare", "failing"],
    async run({ service }) {
      for (const metadata of await service.models()) {
        assert.equal(metadata.name, metadata.servedAs);
        assert.equal(typeof metadata.description, "string");
        assert.ok(!JSON.stringify(metadata).includes(innerMessage));
      }
      assert.equal(await service.predict("bare", {}), null);
    },
  },
  {
    title: "describe returns schemas in plain JSON, and the methods of the model",
    cites: ["models.describe"],
    models: ["echo", "failing", "batch", "stream", "bare"],
    async run({ service }) {
      const { predictArgs, trainArgs, response, has } = await service.describe("echo");
      assert.equal(predictArgs.type, "object");
      assert.deepEqual(predictArgs.required, ["text"], "a field that is optional or has a default is not required");
      assert.deepEqual(trainArgs, predictArgs);
      const { count, file, secret } = predictArgs.properties as Record<string, Record<string, JsonValue>>;
      assert.equal(count?.type, "integer");
      assert.equal(count?.default, 3);
      assert.deepEqual([file?.type, file?.format], ["string", "binary"]);
      assert.equal(secret?.writeOnly, true);
      assert.equal(response, null);
      assert.deepEqual(has, { predict: true, predictBatch: false, predictStream: false, train: true });
      const failing = await service.describe("failing");
      assert.deepEqual((failing.response as { required: JsonValue }).required, ["value"]);
      const bare = { predict: true, predictBatch: false, predictStream: false, train: false };
      assert.deepEqual((await service.describe("bare")).has, bare);
      assert.deepEqual((await service.describe("batch")).has, { ...bare, predictBatch: true });
      assert.deepEqual((await service.describe("stream")).has, { ...bare, predict: false, predictStream: true });
    },
  },
  {
    title: "every method rejects not_found for an unknown model",
    cites: ["models.unknown"],
    models: ["bare"],
    async run({ service }) {
      for (const name of ["unknown", "constructor", "toString", "Bare"]) {
        await rejection(service.describe(name), "not_found");
        await rejection(service.predict(name, {}), "not_found");
        await rejection(collect(service.predictStream(name, {})), "not_found");
        await rejection(service.train(name, {}), "not_found");
      }
    },
  },
  {
    title: "a method that the model does not have rejects not_implemented",
    cites: ["models.missing-member"],
    models: ["bare", "stream"],
    async run({ service }) {
      await rejection(service.train("bare", {}), "not_implemented");
      await rejection(collect(service.predictStream("bare", {})), "not_implemented");
      await rejection(service.predict("stream", {}), "not_implemented");
    },
  },
];
