// Options that several commands have, parsed from their text.
import { readFileSync } from "node:fs";
import type { JsonObject } from "@deepaas/core";
import { InvalidArgumentError, Option } from "commander";

/** Parses a JSON object, or `@` and the path of a file with one. */
export function jsonObject(given: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(given.startsWith("@") ? readFileSync(given.slice(1), "utf8") : given);
  } catch (error) {
    throw new InvalidArgumentError(`Must be JSON: ${(error as Error).message}.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidArgumentError('Must be a JSON object, such as {"n":1}.');
  return value as JsonObject;
}

/** Parses a number of seconds, and returns milliseconds. */
function secondsToMs(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (!(seconds > 0 && seconds <= 86_400))
    throw new InvalidArgumentError("Must be a number greater than 0, up to 86400.");
  return seconds * 1_000;
}

/** Returns an option whose value is a time, with its default in seconds. */
export function secondsOption(flag: string, help: string, seconds: number): Option {
  return new Option(flag, help).argParser(secondsToMs).default(seconds * 1_000, String(seconds));
}

const largestCount = 10_000;

/** Parses a whole number of at least 1. */
export function countFrom(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= largestCount) return count;
  throw new InvalidArgumentError(`Must be a whole number from 1 to ${largestCount}.`);
}
