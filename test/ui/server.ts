// The server of the tests of the page: the digits example, and a model with every kind of field; open, or with a key.
import { fileURLToPath } from "node:url";
import { type ConnectedService, connectRest } from "@deepaas/client";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { openPage, type WatchedPage } from "../support/browser.ts";
import { type RunOptions, type Served, serveDeepaas } from "../support/deepaas.ts";

export const digits = fileURLToPath(new URL("../../examples/digits/digits.ts", import.meta.url));
export const wide = fileURLToPath(new URL("./wide.ts", import.meta.url));

export interface Access {
  readonly title: string;
  /** Undefined: there is no authentication. */
  readonly key: string | undefined;
}

/** The page does the same with a key that may do everything. */
export const accesses: readonly Access[] = [
  { title: "without authentication", key: undefined },
  { title: "with a key", key: "a-key-for-the-tests-of-the-page" },
];

export function serveModels(
  { key }: Access,
  args: readonly string[] = [],
  { env, ...options }: RunOptions = {},
): Promise<Served> {
  return serveDeepaas([`digits=${digits}`, `wide=${wide}`, ...args], {
    ...options,
    env: { ...env, ...(key !== undefined && { DEEPAAS_API_KEY: key }) },
  });
}

export function connectAs({ key }: Access, url: string): ConnectedService {
  return connectRest(url, key === undefined ? {} : { headers: { Authorization: `Bearer ${key}` } });
}

/** A page that knows the key, as after its holder has signed in. */
export async function openView(
  browser: Browser,
  { key }: Access,
  options: BrowserContextOptions = { viewport: { width: 1280, height: 900 } },
): Promise<WatchedPage> {
  const watched = await openPage(browser, options);
  if (key !== undefined) {
    await watched.page.addInitScript((token) => {
      // An empty page has no storage.
      if (location.protocol === "http:") sessionStorage.setItem("deepaas-token", token);
    }, key);
  }
  return watched;
}
