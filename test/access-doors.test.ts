// Who may do what is the same over every adapter, for every method of the service and every route, without and with each scope.
// The cases come from the tables, so that a new method or route is tested by itself.
import { once } from "node:events";
import { connectRest, connectWs } from "@deepaas/client";
import {
  type AccessRule,
  accessRules,
  type CallOptions,
  DeepaasError,
  hasAnyScope,
  hasScope,
  type ModelService,
  scopeNames,
} from "@deepaas/core";
import { type Route, type RouteName, routes } from "@deepaas/protocol";
import { rpcMethods, rpcSubprotocol, toBearerProtocol } from "@deepaas/protocol/rpc";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { guardedServer, idWith, secretMark, tokenWith } from "./support/guarded-server.ts";

type Method = keyof ModelService;
type Call = (service: ModelService, run: string, options: CallOptions) => Promise<unknown>;

const calls: Readonly<Record<Method, Call>> = {
  status: (service, _run, options) => service.status(options),
  stats: (service, _run, options) => service.stats(options),
  models: (service, _run, options) => service.models(options),
  describe: (service, _run, options) => service.describe("open", options),
  predict: (service, _run, options) => service.predict("open", {}, options),
  predictStream: (service, _run, options) => Array.fromAsync(service.predictStream("open", {}, options)),
  train: (service, _run, options) => service.train("open", {}, options),
  run: (service, run, options) => service.run(run, options),
  runs: (service, _run, options) => service.runs({}, options),
  cancel: (service, run, options) => service.cancel(run, options),
  remove: (service, run, options) => service.remove(run, options),
  watch: (service, run, options) => Array.fromAsync(service.watch(run, options)),
  metrics: (service, run, options) => service.metrics(run, options),
  artifact: async (service, run, options) => (await service.artifact(run, "a.txt", options)).bytes(),
  grant: (service, run, options) => service.grant(run, { ...options, seconds: 60 }),
  versions: (service, _run, options) => service.versions("open", options),
  serveVersion: (service, _run, options) => service.serveVersion("open", 0, options),
  removeVersion: (service, _run, options) => service.removeVersion("open", 1, options),
};

const scopeSets: readonly (readonly string[])[] = [[], ...scopeNames.map((name) => [name]), ["train@closed"]];
const owners = ["own", "another's", "nobody's"] as const;

async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    return DeepaasError.is(error) ? error.code : String(error);
  }
}

function ownerOf(whose: (typeof owners)[number], scopes: readonly string[]): string | undefined {
  if (whose === "own") return idWith(...scopes);
  return whose === "nobody's" ? undefined : "somebody else";
}

/** Returns true if the rule of the method is satisfied. */
function isAllowed(rule: AccessRule, scopes: readonly string[], whose: (typeof owners)[number]): boolean {
  if (rule.on === "nothing") return true;
  if (rule.on === "service") return hasAnyScope(scopes);
  if (rule.on === "model")
    return rule.needs === "any" ? hasAnyScope(scopes, "open") : hasScope(scopes, rule.needs, "open");
  if (rule.on === "runs") return scopes.some((scope) => hasScope([scope], rule.own, scope.split("@")[1]));
  return hasScope(scopes, whose === "own" ? rule.own : rule.others, "open");
}

const methods = Object.keys(accessRules) as Method[];
const refusals = ["permission_denied", "not_found", "unauthenticated"];

test("the tables have the same methods", () => {
  expect(methods.toSorted()).toEqual(Object.keys(rpcMethods).toSorted());
  expect(methods.toSorted()).toEqual(Object.keys(calls).toSorted());
  for (const { seam, access } of Object.values(routes) as Route[]) {
    if (seam !== undefined) expect([seam, accessRules[seam].on === "nothing"]).toEqual([seam, access === "health"]);
  }
});

test("every method has the same outcome in-process, over REST and over WebSocket, for every scope", async () => {
  await using served = await guardedServer();
  const texts: string[] = [];
  for (const scopes of scopeSets) {
    const token = tokenWith(...scopes);
    const caller = { id: idWith(...scopes), scopes };
    const rest = connectRest(served.url, { headers: { Authorization: `Bearer ${token}` } });
    const ws = connectWs(served.url, { token });
    for (const method of methods) {
      const rule: AccessRule = accessRules[method];
      for (const whose of rule.on === "run" ? owners : owners.slice(0, 1)) {
        const outcomes: string[] = [];
        for (const [service, options] of [
          [served.guarded, { caller }],
          [rest, {}],
          [ws, {}],
        ] as const) {
          const run = rule.on === "run" ? await served.endedRun(ownerOf(whose, scopes)) : "";
          const call = calls[method](service, run, options);
          outcomes.push(await outcome(call));
          texts.push(JSON.stringify(await call.catch((error: unknown) => error)) ?? "");
        }
        const what = `${method} of ${whose} with ${scopes.join(" ")}`;
        expect([what, ...outcomes]).toEqual([what, ...Array(3).fill(outcomes[0])]);
        // There is no version 1 to remove: then the service itself says not_found.
        const isRefused =
          refusals.includes(outcomes[0] as string) && !(method === "removeVersion" && hasScope(scopes, "admin"));
        expect([what, !isRefused]).toEqual([what, isAllowed(rule, scopes, whose)]);
      }
    }
    ws.close();
  }
  // Grants are tokens for their holders; nothing else has one.
  const withoutGrants = texts.filter((text) => !text.startsWith('{"token":"grant.'));
  expect([...withoutGrants, ...served.logged].join("\n")).not.toMatch(secretMark);
});

describe("without valid credentials", () => {
  test.each([
    ["no key", undefined],
    ["a wrong key", "dpk_wrong"],
    ["a grant that is not signed", "grant.forged"],
  ])("%s: every method over REST and WebSocket is unauthenticated", async (_what, token) => {
    await using served = await guardedServer();
    const run = await served.endedRun("ada");
    const rest = connectRest(served.url, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });
    for (const method of methods) {
      const open = accessRules[method].on === "nothing";
      expect([method, await outcome(calls[method](rest, run, {}))]).toEqual([method, open ? "ok" : "unauthenticated"]);
      const ws = connectWs(served.url, token === undefined ? {} : { token });
      expect([method, await outcome(calls[method](ws, run, {}))]).toEqual([method, "unauthenticated"]);
      ws.close();
    }
    for (const protocols of [[rpcSubprotocol], token === undefined ? [] : [toBearerProtocol(token), rpcSubprotocol]]) {
      const socket = new WebSocket(`${served.url.replace("http", "ws")}/v2/runs/${run}/events`, protocols);
      socket.on("error", () => {});
      const [event] = await Promise.race([once(socket, "close"), once(socket, "unexpected-response")]);
      if (typeof event === "number") expect(event).toBeOneOf([4401, 1006]);
      socket.terminate();
    }
  });
});

describe("every route, for every scope", () => {
  const sent = (name: RouteName, run: string): [string, RequestInit] => {
    const { method, path } = routes[name];
    const values: Readonly<Record<string, string>> = { model: "open", id: run, version: "0", name: "a.txt" };
    const id = name === "trainNamed" ? `${run}-next` : run;
    const filled = path.replace(/\{(\w+)\}/g, (_all, param: string) =>
      param === "id" ? id : (values[param] as string),
    );
    const body = name === "runGrants" ? '{"seconds":60}' : "{}";
    const hasBody = method === "POST" || method === "PUT";
    return [filled, { method, ...(hasBody && { body, headers: { "Content-Type": "application/json" } }) }];
  };

  test.each(Object.keys(routes) as RouteName[])("%s", async (name) => {
    await using served = await guardedServer();
    const { access }: Route = routes[name];
    for (const scopes of scopeSets) {
      for (const whose of owners) {
        const run = await served.endedRun(ownerOf(whose, scopes));
        const [path, init] = sent(name, run);
        const headers = {
          ...(init.headers as Record<string, string>),
          Authorization: `Bearer ${tokenWith(...scopes)}`,
        };
        const response = await fetch(served.url + path, { ...init, headers, redirect: "manual" });
        const text = await response.text();
        const what = `${name} of ${whose} with ${scopes.join(" ")}`;
        // Of the open routes some are not there, such as the page without its option.
        if (access === "open" || access === "health") expect(response.status).toBeOneOf([200, 302, 404]);
        else if (isRouteAllowed(name, scopes, whose))
          expect([what, response.status]).toEqual([what, expect.not.toBeOneOf([401, 403, 404])]);
        else expect([what, response.status]).toEqual([what, expect.toBeOneOf([403, 404])]);
        if (name !== "runGrants") expect(text).not.toMatch(secretMark);
      }
    }
    expect(served.logged.join("\n")).not.toMatch(secretMark);
  });

  const isRouteAllowed = (name: RouteName, scopes: readonly string[], whose: (typeof owners)[number]): boolean => {
    const { seam, access }: Route = routes[name];
    // A caller without a scope for a model is refused: it sees none.
    if (access === "filtered") return hasAnyScope(scopes);
    if (access !== undefined) return access !== "open" && access !== "health" && hasScope(scopes, access);
    if (seam === undefined) return false;
    const rule: AccessRule = accessRules[seam];
    // The runs of one model.
    if (name === "trainings" && rule.on === "runs") return hasScope(scopes, rule.own, "open");
    return isAllowed(rule, scopes, whose);
  };
});

test.each(["/openapi.json", "/swagger.json"])("%s describes the models that the caller may see", async (path) => {
  await using served = await guardedServer();
  const textFor = async (...scopes: readonly string[]) =>
    (await fetch(served.url + path, { headers: { Authorization: `Bearer ${tokenWith(...scopes)}` } })).text();
  const has = (text: string) => ["open", "closed"].filter((model) => text.includes(`/v2/models/${model}/`));
  expect(has(await textFor("predict@open"))).toEqual(["open"]);
  expect(has(await textFor("read@open", "train@closed"))).toEqual(["open", "closed"]);
  expect(has(await (await fetch(served.url + path)).text())).toEqual([]);
});

describe("a grant in a URL", () => {
  test("reads its run with a file, an event stream and a WebSocket, and nothing else", async () => {
    await using served = await guardedServer();
    const run = await served.endedRun(idWith("read"));
    const other = await served.endedRun(idWith("read"));
    const asReader = { headers: { Authorization: `Bearer ${tokenWith("read")}`, "Content-Type": "application/json" } };
    const granted = await fetch(`${served.url}/v2/runs/${run}/grants`, {
      method: "POST",
      body: '{"seconds":60}',
      ...asReader,
    });
    const { token } = (await granted.json()) as { readonly token: string };
    const statusOf = async (path: string, init: RequestInit = {}) =>
      (await fetch(`${served.url}${path}?grant=${token}`, init)).status;
    for (const path of ["", "/events", "/metrics", "/artifacts/a.txt"]) {
      expect([path, await statusOf(`/v2/runs/${run}${path}`)]).toEqual([path, 200]);
      expect([path, await statusOf(`/v2/runs/${other}${path}`)]).toEqual([path, 404]);
    }
    const stream = await fetch(`${served.url}/v2/runs/${run}/events?grant=${token}`, {
      headers: { Accept: "text/event-stream" },
    });
    expect(await stream.text()).toContain('"type":"succeeded"');
    for (const path of ["/v2/runs", "/v2/models/", "/v2/stats", "/v2/debug/"]) {
      expect([path, await statusOf(path)]).toEqual([path, 403]);
    }
    expect(await statusOf(`/v2/runs/${run}/grants`, { method: "POST" })).toBe(401);
    expect(await statusOf(`/v2/runs/${run}`, { method: "DELETE" })).toBe(401);
    expect(await statusOf(`/v2/runs/${run}/cancel`, { method: "POST" })).toBe(401);
    const url = (id: string) => `${served.url.replace("http", "ws")}/v2/runs/${id}/events?after=0&grant=${token}`;
    const [code] = await once(new WebSocket(url(run)), "close");
    expect(code).toBe(1000);
    const refused = new WebSocket(url(other));
    refused.on("error", () => {});
    const [, response] = await once(refused, "unexpected-response");
    expect(response.statusCode).toBe(404);
    expect(served.logged.join("\n")).not.toMatch(secretMark);
    expect(served.logged.some((line) => line.includes(`/v2/runs/${run}/events`))).toBe(true);
  });
});
