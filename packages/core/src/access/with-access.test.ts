import { expect, expectTypeOf, test } from "vitest";
import type { DeepaasError } from "../contract/error.ts";
import type { ModelService } from "../contract/model-service.ts";
import { createHost } from "../host/create-host.ts";
import type { Host } from "../host/host.ts";
import { type AccessPolicy, withAccess } from "./with-access.ts";

async function opened(policy?: AccessPolicy) {
  const host = await createHost({
    models: { echo: { predict: (args: object) => args, train: () => ({ done: true }) } },
  });
  return { host, service: withAccess(host, policy) };
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "allowed",
    ({ code }: DeepaasError) => code,
  );

test("an unknown option of the policy, and what is no service, throw a TypeError", async () => {
  const { host } = await opened();
  const misspelled = { scopeOf: () => [] } as AccessPolicy;
  expect(() => withAccess(host, misspelled)).toThrow('withAccess: there is no option "scopeOf".');
  expect(() => withAccess(createHost({ models: {} }) as unknown as ModelService)).toThrow("the host is a promise");
});

test("scopesOf decides for every caller, and for calls without one", async () => {
  const known: Readonly<Record<string, readonly string[]>> = { ann: ["admin"], bob: [] };
  const { host, service } = await opened({ scopesOf: (caller) => (caller ? (known[caller.id] ?? []) : ["train"]) });
  const eve = { id: "eve", scopes: ["admin"] };
  expect(await codeOf(service.predict("echo", {}, { caller: eve }))).toBe("not_found");
  expect(await codeOf(service.predict("echo", {}, { caller: { id: "ann" } }))).toBe("allowed");
  // A caller might have the scope that a call without one lacks.
  expect(await codeOf(service.predict("echo", {}))).toBe("unauthenticated");
  const run = await service.train("echo", {}, { runId: "of-nobody" });
  expect(run).not.toHaveProperty("owner");
  expect(await codeOf(service.train("echo", {}, { runId: "of-nobody" }))).toBe("allowed");
  expect(await codeOf(service.run("of-nobody"))).toBe("not_found");
  expect(await codeOf(service.runs({}))).toBe("allowed");
  expect((await service.runs({})).items).toEqual([]);
  await host.close();
});

test("a call without a caller makes no grants, even if it may read the run", async () => {
  const grants = { sign: () => ({ token: "t", expiresAt: "" }) };
  const { host, service } = await opened({ scopesOf: () => ["read:all"], grants });
  await host.train("echo", {}, { runId: "r" });
  expect(await codeOf(service.grant("r", { seconds: 1 }))).toBe("unauthenticated");
  expect(await service.grant("r", { seconds: 1, caller: { id: "ann" } })).toEqual({ token: "t", expiresAt: "" });
  await host.close();
});

test("a host makes no grants", async () => {
  const { host } = await opened();
  expect(await codeOf(host.grant("r", { seconds: 1 }))).toBe("not_implemented");
  await host.close();
});

test("the models of the host stay known to the compiler", () => {
  const models = { echo: { predict: (args: object) => args } };
  const guard = (host: Host<typeof models>) => withAccess(host);
  expectTypeOf<NonNullable<ReturnType<typeof guard>["~models"]>>().toEqualTypeOf<typeof models>();
});

test("who may see workers may see which node it is", async () => {
  const { host } = await opened();
  const node = { id: "node-of-a-rack", labels: [], trains: true };
  const own = await host.stats();
  const service = withAccess(Object.assign(host, { stats: async () => ({ ...own, node }) }));
  const seenBy = async (scope: string) => (await service.stats({ caller: { id: "ann", scopes: [scope] } })).node;
  expect([await seenBy("admin"), await seenBy("read:all")]).toEqual([node, undefined]);
});
