// What every route has at hand.
import { invalidArgs, type ModelService } from "@deepaas/core";
import type { Route } from "@deepaas/protocol";
import type { Context } from "koa";
import { HttpFault } from "./http-fault.ts";
import type { RestSettings } from "./rest-options.ts";

export interface Door {
  readonly service: ModelService;
  readonly settings: RestSettings;
}

export type Handler = (ctx: Context, steps: Steps) => void | Promise<void>;

/** The steps of the path that the route's template names. */
export interface Steps {
  readonly model: string;
  readonly id: string;
  readonly name: string;
}

/** One route and what it does. */
export type Entry = readonly [Route, Handler];

const sound = [
  ["model", /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/],
  ["id", /^[A-Za-z0-9_-]{1,64}$/],
  ["name", /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/],
] as const satisfies readonly (readonly [keyof Steps, RegExp])[];

/** Throws 404 for what can be no name: nothing below the door sees a slash, a NUL or a broken escape. */
export function soundSteps(params: Readonly<Record<string, string>>, method: string): Steps {
  for (const [step, pattern] of sound) {
    const value = params[step];
    if (value === undefined || pattern.test(value)) continue;
    // Who gives a name wants to know why it is none.
    if (method === "PUT" && step === "id") throw invalidArgs("/id", "pattern", "Must be 1-64 of A-Z a-z 0-9 _ -");
    throw new HttpFault(404, "Not Found");
  }
  return { model: params.model ?? "", id: params.id ?? "", name: params.name ?? "" };
}
