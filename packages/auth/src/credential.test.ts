import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Credential } from "./credential.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

const dayMs = 86_400_000;

test("the signal is aborted when the credentials expire, also after more days than a timer of Node.js has", () => {
  const credential = new Credential("ann", ["read"], { expiresAt: Date.now() + 60 * dayMs });
  const { signal } = credential;
  vi.advanceTimersByTime(60 * dayMs - 1);
  expect(signal.aborted).toBe(false);
  expect(credential.end).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(signal.reason).toMatchObject({ code: "unauthenticated", message: "The credentials have expired." });
  expect(credential.end).toBe(signal.reason);
  expect(vi.getTimerCount()).toBe(0);
});

test("a signal that is asked for after the end is aborted", () => {
  const credential = new Credential("ann", [], { expiresAt: Date.now() + 5 });
  vi.advanceTimersByTime(5);
  expect(credential.signal.aborted).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("revoking ends it once", () => {
  const credential = new Credential("ann", [], { expiresAt: Date.now() + dayMs });
  const { signal } = credential;
  credential.revoke();
  expect(signal.reason).toMatchObject({ code: "unauthenticated", message: "The credentials were revoked." });
  vi.advanceTimersByTime(2 * dayMs);
  credential.revoke();
  expect(credential.end).toBe(signal.reason);
  expect(credential.signal).toBe(signal);
});

test("without an expiry there is no timer", () => {
  expect(new Credential("ann", []).signal.aborted).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test("the scopes are a copy", () => {
  const scopes = ["read"];
  const credential = new Credential("ann", scopes);
  scopes.push("admin");
  expect(credential.scopes).toEqual(["read"]);
  expect(() => (credential.scopes as string[]).push("admin")).toThrow(TypeError);
});

test("the end of the parent ends it, also if nobody listens, and nothing listens to the parent afterwards", () => {
  const parent = new AbortController();
  const remove = vi.spyOn(parent.signal, "removeEventListener");
  const quiet = new Credential("ann", [], { parent: parent.signal });
  const { signal } = new Credential("ann", [], { parent: parent.signal });
  const { signal: expired } = new Credential("ann", [], { parent: parent.signal, expiresAt: Date.now() + 5 });
  vi.advanceTimersByTime(5);
  expect(expired.reason).toMatchObject({ message: "The credentials have expired." });
  expect(remove).toHaveBeenCalled();
  parent.abort();
  expect(signal.reason).toMatchObject({ message: "The credentials were revoked." });
  expect(quiet.end).toMatchObject({ message: "The credentials were revoked." });
  expect(expired.reason).toMatchObject({ message: "The credentials have expired." });
});
