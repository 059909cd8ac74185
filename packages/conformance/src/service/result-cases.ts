import assert from "node:assert/strict";
import { isModelFile, type ModelFile } from "@deepaas/core";
import { rejection } from "../expect.ts";
import { innerMessage } from "../models/failing.ts";
import type { ServiceDraft } from "./subject.ts";

export const resultCases: readonly ServiceDraft[] = [
  {
    title: "an error of the model is internal, and no detail reaches the caller",
    cites: ["error.hidden"],
    models: ["failing"],
    async run({ service }) {
      const error = await rejection(service.predict("failing", { how: "error" }), "internal");
      assert.ok(!`${error.message} ${JSON.stringify(error.toData())}`.includes(innerMessage), error.message);
    },
  },
  {
    title: "a DeepaasError of the model reaches the caller with code, message and details",
    cites: ["error.coded"],
    models: ["failing"],
    async run({ service }) {
      const error = await rejection(service.predict("failing", { how: "deepaas" }), "rate_limited");
      assert.deepEqual(error.toData(), {
        code: "rate_limited",
        message: "Try again later.",
        retryAfterMs: 1234,
        status: 420,
      });
    },
  },
  {
    title: "NaN and the infinities in a result are invalid_response",
    cites: ["result.not-finite"],
    models: ["failing"],
    async run({ service }) {
      await rejection(service.predict("failing", { how: "nan" }), "invalid_response");
      await rejection(service.predict("failing", { how: "infinity" }), "invalid_response");
    },
  },
  {
    title: "a result without a JSON form is invalid_response: cycles, bigints, functions, maps",
    cites: ["result.not-json"],
    models: ["failing"],
    async run({ service }) {
      for (const how of ["cyclic", "bigint", "function", "map"]) {
        await rejection(service.predict("failing", { how }), "invalid_response");
      }
      assert.deepEqual(await service.predict("failing", { how: "none" }), { value: 1 }, "and the service goes on");
    },
  },
  {
    title: "a result that does not fit the schema is invalid_response",
    cites: ["result.schema"],
    models: ["failing"],
    async run({ service }) {
      await rejection(service.predict("failing", { how: "schema" }), "invalid_response");
    },
  },
  {
    title: "bytes, blobs and streams arrive as a file in the requested media type",
    cites: ["result.file"],
    models: ["file"],
    async run({ service }) {
      for (const as of ["bytes", "blob", "stream"]) {
        const file = await service.predict("file", { accept: "image/png", as, text: "äöü" });
        assert.ok(isModelFile(file), as);
        assert.equal(file.contentType, "image/png");
        assert.equal(await file.text(), "äöü");
      }
    },
  },
  {
    title: "a ModelFile keeps its media type and its bytes",
    cites: ["result.file"],
    models: ["file"],
    async run({ service }) {
      const file = (await service.predict("file", { accept: "application/octet-stream", as: "file" })) as ModelFile;
      assert.ok(isModelFile(file));
      assert.equal(file.contentType, "image/png");
      assert.deepEqual(await file.bytes(), new TextEncoder().encode("content"));
    },
  },
  {
    title: "text is a file if another media type than JSON was requested",
    cites: ["result.text"],
    models: ["file"],
    async run({ service }) {
      const file = await service.predict("file", { accept: "text/plain", as: "text", text: "plain" });
      assert.ok(isModelFile(file));
      assert.match(file.contentType, /^text\/plain/);
      assert.equal(await file.text(), "plain");
      assert.equal(await service.predict("file", { accept: "application/json", as: "text", text: "plain" }), "plain");
      assert.deepEqual(await service.predict("file", { accept: "application/json", as: "json", text: "j" }), {
        text: "j",
      });
    },
  },
];
