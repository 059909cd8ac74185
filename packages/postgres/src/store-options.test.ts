import { expect, test } from "vitest";
import { postgresStore } from "./postgres-store.ts";

const url = "postgres://ann:hush@127.0.0.1:1/x";

test.each([
  [{}, "url"],
  [{ url: "mysql://ann:hush@x" }, "url"],
  [{ url: 5 }, "url"],
  [{ url, listenUrl: "x" }, "listenUrl"],
  [{ url, schema: "" }, "schema"],
  [{ url, schema: "Big" }, "schema"],
  [{ url, schema: "a".repeat(49) }, "schema"],
  [{ url, schema: "pg_own" }, "schema"],
  [{ url, schema: 'a"b' }, "schema"],
  [{ url, keepEvents: 0 }, "keepEvents"],
  [{ url, keepEvents: 1.5 }, "keepEvents"],
  [{ url, patienceMs: -1 }, "patienceMs"],
  [{ url, patienceMs: Number.NaN }, "patienceMs"],
  [{ url, connections: 1 }, "connections"],
  [{ url, secretKey: "hush" }, "secretKey"],
  [{ url, secretKey: 5 }, "secretKey"],
  [{ url, keepEvent: 5 }, 'there is no option "keepEvent". The options are url'],
])("options that are wrong are refused, by name and without their secrets: %j", (options, named) => {
  const make = () => postgresStore(options as never);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(named);
  expect(make).not.toThrow("hush");
});

test("a store that was not opened says so; one that is closed too", async () => {
  const store = postgresStore({ url });
  await expect(store.get("r")).rejects.toMatchObject({ code: "failed_precondition" });
  await store.close();
  await store.close();
  await expect(store.get("r")).rejects.toMatchObject({ code: "unavailable" });
  await expect(store.open({ id: "x" })).rejects.toMatchObject({ code: "unavailable" });
});
