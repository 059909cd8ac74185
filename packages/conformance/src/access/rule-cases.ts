// Cases for each method of the seam, made from the table of rules: a method that is forgotten fails.
import assert from "node:assert/strict";
import {
  type AccessRule,
  accessRules,
  type CallOptions,
  DeepaasError,
  type ModelRule,
  type ModelService,
  type RunRule,
  type ServiceRule,
} from "@deepaas/core";
import { rejection } from "../expect.ts";
import { ended } from "../service/training.ts";
import { type Expected, expectedForModel, expectedForRun, has, scopesToTry, sees } from "./expected.ts";
import { methodCalls, modelFor, refusalOf, ruleModels } from "./method-calls.ts";
import type { AccessDraft, AccessTest } from "./subject.ts";

type Method = keyof ModelService;

const rules = Object.entries(accessRules) as readonly (readonly [Method, AccessRule])[];
const closedMethods = rules.filter(([, { on }]) => on !== "nothing").map(([method]) => method);

const withNotes = { script: [{ do: "artifact", name: "notes.txt", text: "notes" }] } as const;

/** Starts a run of the trainer, or of nobody, and waits for its end. */
export async function endedRun({ host }: Pick<AccessTest, "host">, owner: string | undefined): Promise<string> {
  const { id } = await host.train("trainer", withNotes, owner === undefined ? {} : { caller: { id: owner } });
  await ended(host, id);
  return id;
}

async function check(call: Promise<unknown>, expected: Expected, where: string): Promise<DeepaasError | undefined> {
  const error = await refusalOf(call);
  assert.equal(error?.code, expected.code, `${where}: ${error?.message ?? "allowed"}`);
  if (expected.missing) assert.match(error?.message ?? "", new RegExp(`scope ${expected.missing} or`), where);
  return error;
}

function modelCase(method: Method, rule: ModelRule): AccessDraft {
  const model = modelFor(method);
  return {
    title: `${method} needs ${rule.needs === "any" ? "a scope" : `the scope ${rule.needs}`} for its model`,
    cites: ["access.model"],
    models: ruleModels,
    async run({ service }) {
      const call = methodCalls[method];
      for (const scope of [...scopesToTry(model), `read#${"0".repeat(32)}`]) {
        const caller = { id: "ann", scopes: [scope] };
        const expected = expectedForModel(rule, scope, model);
        const error = await check(call(service, { model, run: "" }, { caller }), expected, `${method} with ${scope}`);
        if (error?.code !== "not_found") continue;
        const unknown = await rejection(call(service, { model: "unknown", run: "" }, { caller }), "not_found");
        assert.equal(error.message, unknown.message.replace("unknown", model), "as of an unknown model");
      }
    },
  };
}

function runCase(method: Method, rule: RunRule, owner: string | undefined): AccessDraft {
  const isOwn = owner === "ann";
  const whose = isOwn ? "the caller's own run" : owner === undefined ? "a run of nobody" : "another's run";
  return {
    title: `${method} needs the scope ${isOwn ? rule.own : rule.others} for ${whose}`,
    cites: ["access.run", ...(owner === undefined ? (["access.nobody"] as const) : [])],
    models: ["trainer"],
    async run(test) {
      const { service, host } = test;
      const call = methodCalls[method];
      const another = await endedRun(test, owner);
      let id = await endedRun(test, owner);
      for (const scope of [...scopesToTry("trainer"), `read#${id}`, `read#${another}`]) {
        const caller = { id: "ann", scopes: [scope] };
        const expected = expectedForRun(rule, scope, { id, model: "trainer", isOwn });
        const target = { model: "trainer", run: id };
        const error = await check(call(service, target, { caller }), expected, `${method} with ${scope}`);
        if (error) assert.equal((await host.run(id)).id, id, "the run is still there");
        else if (method === "remove") id = await endedRun(test, owner);
        if (error?.code !== "not_found") continue;
        const unknown = await rejection(call(service, { ...target, run: "unknown" }, { caller }), "not_found");
        assert.equal(error.message, unknown.message.replace("unknown", id), "as of an unknown run");
      }
    },
  };
}

const withoutCaller: readonly AccessDraft[] = closedMethods.map((method) => ({
  title: `${method} rejects unauthenticated without a caller`,
  cites: ["access.caller"],
  models: ruleModels,
  async run(test) {
    const run = await endedRun(test, undefined);
    const target = { model: modelFor(method), run };
    await rejection(methodCalls[method](test.service, target, {}), "unauthenticated");
  },
}));

const withEndedCredentials: readonly AccessDraft[] = closedMethods.map((method) => ({
  title: `${method} rejects unauthenticated after the credentials have ended`,
  cites: ["access.ended"],
  models: ruleModels,
  async run(test) {
    const target = { model: modelFor(method), run: await endedRun(test, "ann") };
    const credentials = new AbortController();
    const caller = { id: "ann", scopes: ["admin"], signal: credentials.signal };
    assert.equal(await refusalOf(methodCalls[method](test.service, target, { caller })), undefined);
    credentials.abort(new DeepaasError("unauthenticated", "The credentials have expired."));
    await rejection(methodCalls[method](test.service, target, { caller }), "unauthenticated");
  },
}));

const seesAny = (scope: string) => ["trainer", "another"].some((model) => sees(scope, model));
const readsAny = (scope: string) => ["trainer", "another"].some((model) => has(scope, "read", model));

/** Methods without a model or a run in their arguments: `runs` needs a scope to read any model. */
function serviceCase(method: Method, rule: ServiceRule | RunRule): AccessDraft {
  const isEnough = "own" in rule ? readsAny : seesAny;
  const call = (service: ModelService, options: CallOptions) =>
    method === "runs" ? service.runs({}, options) : methodCalls[method](service, { model: "", run: "" }, options);
  return {
    title: `${method} is refused only to a caller without a scope for it`,
    cites: ["access.model"],
    models: ruleModels,
    async run({ service }) {
      for (const scope of [...scopesToTry("trainer"), "read#unknown"]) {
        const expected: Expected = { code: isEnough(scope) ? undefined : "permission_denied" };
        const options = { caller: { id: "ann", scopes: [scope] } };
        await check(call(service, options), expected, `${method} with ${scope}`);
      }
    },
  };
}

export const ruleCases: readonly AccessDraft[] = [
  ...withoutCaller,
  ...withEndedCredentials,
  ...rules.flatMap(([method, rule]) => {
    if (rule.on === "model") return [modelCase(method, rule)];
    if (rule.on === "nothing") return [];
    if (rule.on !== "run") return [serviceCase(method, rule)];
    return ["ann", "bob", undefined].map((owner) => runCase(method, rule, owner));
  }),
  {
    title: "the id of another's run, or of nobody's, is taken for every caller, also with the same arguments",
    cites: ["access.id", "access.nobody"],
    models: ["trainer"],
    async run({ service, host }) {
      await host.train("trainer", {}, { runId: "of-bob", caller: { id: "bob" } });
      await host.train("trainer", {}, { runId: "of-nobody" });
      const own = await host.train("trainer", {}, { runId: "of-ann", caller: { id: "ann" } });
      for (const scopes of [["train"], ["admin"]]) {
        const caller = { id: "ann", scopes };
        for (const runId of ["of-bob", "of-nobody"]) {
          const [same, other] = [{}, withNotes].map((args) =>
            rejection(service.train("trainer", args, { runId, caller }), "already_exists"),
          );
          assert.equal((await same)?.message, (await other)?.message);
        }
        const again = await service.train("trainer", {}, { runId: "of-ann", caller });
        assert.deepEqual([again.id, again.createdAt, again.owner], ["of-ann", own.createdAt, "ann"]);
      }
    },
  },
];
