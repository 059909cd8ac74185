import assert from "node:assert/strict";
import { memoryStore } from "@deepaas/core/ports";
import { rejection } from "../expect.ts";
import { crashStore } from "../faults/crash-store.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended } from "./training.ts";

export const statusCases: readonly ServiceDraft[] = [
  {
    title: "the status of a warm service is ready, without reasons",
    cites: ["status.ready"],
    models: ["bare"],
    async run({ service }) {
      assert.deepEqual(await service.status(), { state: "ready", reasons: [] });
    },
  },
  {
    title: "while the store cannot keep runs, the status is degraded with the reason",
    cites: ["status.degraded"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: () => ({
      options: { store: crashStore(memoryStore(), [{ at: 1, committed: false, methods: ["create"] }]) },
      async run({ service }) {
        await rejection(service.train("trainer", {}), "unavailable");
        const { state, reasons } = await service.status();
        assert.equal(state, "degraded");
        assert.equal(reasons.length, 1);
        const { id } = await service.train("trainer", {});
        await ended(service, id);
        assert.deepEqual(await service.status(), { state: "ready", reasons: [] });
      },
    }),
  },
  {
    title: "the status of a closing and of a closed service is closing",
    cites: ["status.closing"],
    needs: ["shutDown"],
    models: ["slow"],
    async run({ service, control, shutDown }) {
      const running = service.predict("slow", { control: control.id });
      await control.waitForNotes("started");
      const closed = shutDown();
      const { state, reasons } = await service.status();
      assert.equal(state, "closing");
      assert.ok(reasons.length > 0);
      await control.open("go");
      await running;
      await closed;
      assert.equal((await service.status()).state, "closing");
    },
  },
];
