// A server that authenticates, and what its service was called with.
import { type Caller, createHost, type Host, type Logger, type ModelService, Type } from "@deepaas/core";
import { type Route, type RouteName, routes } from "@deepaas/protocol";
import type { Authenticate } from "@deepaas/protocol/node";
import { onTestFinished } from "vitest";
import type { ServerOptions } from "../create-server.ts";
import { serveService } from "./served.ts";

export const goodToken = "dpk_a-token-that-is-easy-to-find";
export const ada: Caller = { id: "ada", scopes: ["admin"] };
export const asAda = { headers: { Authorization: `Bearer ${goodToken}` } };

export interface SeamCall {
  readonly method: string;
  readonly caller: Caller | undefined;
}

export const byToken: Authenticate = (_request, token) => (token === goodToken ? ada : undefined);

/** The model `secretive` has a header argument with the token, if it gets it. */
const models = {
  secretive: {
    getPredictArgs: () => ({ authorization: Type.Optional(Type.String({ location: "headers" })) }),
    predict: ({ authorization = "no token" }: { authorization?: string }) => authorization,
    train: () => 1,
  },
};

export async function serveGuarded(options: ServerOptions = {}) {
  const logged: string[] = [];
  const write = (fields: object, message: string) => void logged.push(`${message} ${textOf(fields)}`);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const host = await createHost({ models, logger });
  onTestFinished(() => host.close({ drainMs: 0 }));
  const calls: SeamCall[] = [];
  const served = await serveService(recorded(host, calls), { authenticate: byToken, logger, ...options });
  const { id } = await host.train("secretive", {});
  for await (const _event of host.watch(id));
  return { ...served, host, calls, logged, runId: id };
}

function textOf(fields: object): string {
  const { err, ...rest } = fields as { err?: Error };
  return `${JSON.stringify(rest)} ${err?.stack ?? ""} ${JSON.stringify(err ?? null)}`;
}

function recorded(host: Host, calls: SeamCall[]): ModelService {
  return new Proxy(host, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== "function") return member;
      return (...args: readonly { readonly caller?: Caller }[]) => {
        calls.push({ method: String(name), caller: args.findLast((one) => typeof one === "object")?.caller });
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}

export const routeNames = Object.keys(routes) as RouteName[];

/** Returns a path of the route, for the model and the run that are there. */
export function pathOf(name: RouteName, runId: string): string {
  const values: Readonly<Record<string, string>> = { model: "secretive", id: runId, version: "1", name: "a.txt" };
  return routes[name].path.replace(/\{(\w+)\}/g, (_all, param: string) => values[param] ?? "");
}

export const accessOfRoute = (name: RouteName): Route["access"] => (routes[name] as Route).access;
