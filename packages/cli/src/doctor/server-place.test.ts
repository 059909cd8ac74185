import { expect, test } from "vitest";
import { serverPlace } from "./server-place.ts";

test.each([
  ["postgres://ann:hush@db.example.org/runs?sslmode=verify-full", "db.example.org:5432/runs"],
  ["postgresql://db:5433", "db:5433"],
  ["postgres:///runs?host=/run/postgresql", "the local socket/runs"],
  ["rediss://:hush@cache.example.org/", "cache.example.org:6379"],
  ["redis://ann:hu%23sh@cache/2", "cache:6379/2"],
])("the place of a server has no user, password or option", (url, place) => {
  expect(serverPlace(url)).toBe(place);
});

test.each([
  "postgres://ann:1#hush@db/runs",
  "postgres://ann:1/hush@db/runs",
  "postgres://ann:1?hush@db/runs",
  "postgres://",
])("a URL whose password would be shown as its host or path has no place", (url) => {
  expect(serverPlace(url)?.includes("hush") ?? false).toBe(false);
  expect(serverPlace(url)?.includes("ann") ?? false).toBe(false);
});
