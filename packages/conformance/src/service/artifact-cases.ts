import assert from "node:assert/strict";
import { rejection } from "../expect.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, only, reached, startTraining, trained } from "./training.ts";

export const artifactCases: readonly ServiceDraft[] = [
  {
    title: "an artifact is listed in the run and can be read, during the run and after it",
    cites: ["artifact.get"],
    models: ["trainer"],
    async run({ service, control }) {
      const script = [
        { do: "artifact", name: "plot.svg", text: "<svg>ä</svg>", contentType: "image/svg+xml" },
        { do: "gate", name: "go" },
      ] as const;
      const { id } = await startTraining(service, { control: control.id, script });
      const event = await reached(service, id, "artifact");
      const info = { name: "plot.svg", size: 13, contentType: "image/svg+xml" };
      const { seq, at } = event;
      assert.deepEqual(event, { seq, at, type: "artifact", ...info });
      const checkArtifact = async () => {
        const file = await service.artifact(id, "plot.svg");
        assert.equal(file.contentType, info.contentType);
        assert.equal(await file.text(), "<svg>ä</svg>");
      };
      await checkArtifact();
      assert.deepEqual((await service.run(id)).artifacts, [info]);
      await control.open("go");
      assert.deepEqual((await ended(service, id)).run.artifacts, [info]);
      await checkArtifact();
    },
  },
  {
    title: "the same name replaces an artifact; other artifacts stay",
    cites: ["artifact.replace"],
    models: ["trainer"],
    async run({ service }) {
      const { run, events } = await trained(service, {
        script: [
          { do: "artifact", name: "a.txt", text: "one" },
          { do: "artifact", name: "b", text: "b" },
          { do: "artifact", name: "a.txt", text: "other", contentType: "text/plain" },
        ],
      });
      assert.equal(only(events, "artifact").length, 3);
      assert.deepEqual(run.artifacts.map(({ name }) => name).sort(), ["a.txt", "b"]);
      assert.equal(await (await service.artifact(run.id, "a.txt")).text(), "other");
      assert.equal(await (await service.artifact(run.id, "b")).text(), "b");
    },
  },
  {
    title: "an unknown name rejects not_found",
    cites: ["artifact.unknown"],
    models: ["trainer"],
    async run({ service }) {
      const { run } = await trained(service, { script: [{ do: "artifact", name: "a", text: "a" }] });
      for (const name of ["b", "constructor", "A"]) await rejection(service.artifact(run.id, name), "not_found");
    },
  },
  {
    title: "an invalid name of an artifact rejects in the model",
    cites: ["artifact.name"],
    models: ["trainer"],
    async run({ service }) {
      for (const name of ["", "..", "a/b", "a b", "x".repeat(129)]) {
        const { run } = await trained(service, { script: [{ do: "artifact", name, text: "a" }] });
        assert.deepEqual([run.state, run.error?.code, run.artifacts], ["failed", "invalid_args", []], name);
      }
    },
  },
  {
    title: "an ended run can be removed with its artifacts, and its id can be used again",
    cites: ["remove.ended"],
    models: ["trainer"],
    async run({ service }) {
      const first = await trained(service, { script: [{ do: "artifact", name: "a", text: "a" }] }, { runId: "one" });
      assert.equal(await service.remove("one"), undefined);
      await rejection(service.run("one"), "not_found");
      await rejection(service.artifact("one", "a"), "not_found");
      await rejection(service.remove("one"), "not_found");
      assert.deepEqual((await service.runs()).items, []);
      const second = await trained(service, { script: [{ do: "return", value: 2 }] }, { runId: "one" });
      assert.equal(second.run.result, 2);
      assert.deepEqual(second.run.artifacts, []);
      assert.equal(first.run.result, null);
    },
  },
  {
    title: "a run that has not ended cannot be removed",
    cites: ["remove.running"],
    models: ["trainer"],
    async run({ service, control }) {
      const args = { control: control.id, script: [{ do: "gate", name: "go" }] } as const;
      for (const runId of ["running", "queued"]) await startTraining(service, args, { runId });
      await reached(service, "running", "started");
      for (const id of ["running", "queued"]) await rejection(service.remove(id), "failed_precondition");
      await control.open("go");
      for (const id of ["running", "queued"]) assert.equal((await ended(service, id)).run.state, "succeeded");
    },
  },
];
