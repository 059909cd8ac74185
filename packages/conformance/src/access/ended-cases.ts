// Calls that are under way when the credentials of their caller end.
import assert from "node:assert/strict";
import { type Caller, DeepaasError } from "@deepaas/core";
import { collect, rejection } from "../expect.ts";
import { ended, gated } from "../service/training.ts";
import type { AccessDraft } from "./subject.ts";

function expiring(): { readonly caller: Caller; expire(): void } {
  const credentials = new AbortController();
  return {
    caller: { id: "ann", scopes: ["predict", "train"], signal: credentials.signal },
    expire: () => credentials.abort(new DeepaasError("unauthenticated", "The credentials have expired.")),
  };
}

export const endedCases: readonly AccessDraft[] = [
  {
    title: "a watch ends with the credentials of its caller, and the run goes on",
    cites: ["access.ended"],
    models: ["trainer"],
    async run({ service, host, control }) {
      const { caller, expire } = expiring();
      const { id } = await service.train("trainer", gated(control), { caller });
      const seen: string[] = [];
      const watch = async () => {
        for await (const { type } of service.watch(id, { caller })) {
          seen.push(type);
          if (type === "progress") expire();
        }
      };
      await rejection(watch(), "unauthenticated");
      assert.deepEqual(seen, ["queued", "started", "progress"]);
      await control.open("go");
      assert.equal((await ended(host, id)).run.state, "succeeded");
    },
  },
  {
    title: "a stream ends with the credentials of its caller, and its model stops",
    cites: ["access.ended"],
    models: ["stream"],
    async run({ service, control }) {
      const { caller, expire } = expiring();
      const args = { items: 3, at: 1, fault: "wait", control: control.id };
      const items: unknown[] = [];
      const read = async () => {
        for await (const item of service.predictStream("stream", args, { caller })) {
          items.push(item);
          expire();
        }
      };
      await rejection(read(), "unauthenticated");
      assert.deepEqual(items, [{ i: 0, pad: "" }]);
      const [stopped] = await control.waitForNotes("stopped");
      assert.deepEqual(JSON.parse(stopped as string), { made: 1, hasEnded: false });
    },
  },
  {
    title: "a predict and a watch that wait end with the credentials of their caller",
    cites: ["access.ended"],
    models: ["slow", "trainer"],
    async run({ service, host, control }) {
      const { caller, expire } = expiring();
      const { id } = await host.train("trainer", gated(control), { caller: { id: "ann" } });
      const predict = rejection(service.predict("slow", { control: control.id }, { caller }), "unauthenticated");
      const watch = rejection(collect(service.watch(id, { caller })), "unauthenticated");
      await control.waitForNotes("started");
      expire();
      await Promise.all([predict, watch]);
      await control.open("go");
      await ended(host, id);
    },
  },
];
