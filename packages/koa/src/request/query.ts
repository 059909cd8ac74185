// Query parameters of the routes of this project. Throws `invalid_args` for an invalid one.
import { errorText, invalidArgs, type JsonValue, parseJson } from "@deepaas/core";
import type { HttpRequest } from "./http-request.ts";

export function queryTexts({ querystring }: HttpRequest, name: string): readonly string[] {
  return querystring === "" ? [] : new URLSearchParams(querystring).getAll(name);
}

/** Returns the first value. */
export function queryText(request: HttpRequest, name: string): string | undefined {
  return queryTexts(request, name)[0];
}

export function queryNumber(request: HttpRequest, name: string): number | undefined {
  const text = queryText(request, name);
  return text === undefined ? undefined : numberFrom(text, name);
}

/** Parses a whole number of at least 0. */
export function numberFrom(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalidArgs(`/${name}`, "type", "Must be a whole number of at least 0.");
  return Number(text);
}

export function queryFlag(request: HttpRequest, name: string): boolean | undefined {
  const text = queryText(request, name);
  if (text !== undefined && text !== "true" && text !== "false")
    throw invalidArgs(`/${name}`, "type", "Must be true or false.");
  return text === undefined ? undefined : text === "true";
}

export function queryJson(request: HttpRequest, name: string): JsonValue | undefined {
  const text = queryText(request, name);
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    throw invalidArgs(`/${name}`, "json", `Must be JSON: ${errorText(error)}`);
  }
}
