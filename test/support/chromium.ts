// A page in a real browser, driven over the DevTools protocol, so that a test can wait for its content.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Undefined if it is not installed. A test that needs it then fails in CI and is skipped elsewhere. */
export const chromium = places.find((path) => existsSync(path));

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

export interface DomOptions {
  /** A selector. A matching element is clicked repeatedly, because it may exist before its listener does. */
  readonly click?: string;
  /** Texts by the selector of their field; typed before each click. */
  readonly fill?: Readonly<Record<string, string>>;
  /** Default 20,000. */
  readonly waitMs?: number;
}

/** The page at `url` as HTML, once its text holds `awaited`, or as it is after `waitMs`. */
export async function domAt(url: string, awaited: string, options: DomOptions = {}): Promise<string> {
  if (chromium === undefined) throw new Error("chromium is needed here; .ci/run installs it");
  const profile = await mkdtemp(join(tmpdir(), "deepaas-browser-"));
  const browser = spawn(chromium, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = once(browser, "close");
  try {
    const { port } = new URL(await debuggerAddress(browser.stderr));
    const tabs = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      type: string;
      webSocketDebuggerUrl: string;
    }[];
    const tab = tabs.find(({ type }) => type === "page");
    if (!tab) throw new Error("chromium has opened no page");
    return await domInTab(tab.webSocketDebuggerUrl, { url, script: dumpOnce(awaited, options) });
  } finally {
    browser.kill("SIGKILL");
    await closed;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function debuggerAddress(said: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(said)) {
    const [, address] = /^DevTools listening on (\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    said.resume();
    return address;
  }
  throw new Error("chromium ended before it could be driven");
}

async function domInTab(address: string, { url, script }: { url: string; script: string }): Promise<string> {
  const socket = new WebSocket(address);
  await once(socket, "open");
  const waiting = new Map<string | number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, method, result } = JSON.parse(String(data)) as { id?: number; method?: string; result?: unknown };
    waiting.get(id ?? method ?? "")?.(result);
  });
  const answer = (key: string | number) => new Promise<unknown>((resolve) => waiting.set(key, resolve));
  const call = (id: number, method: string, params: object = {}) => {
    socket.send(JSON.stringify({ id, method, params }));
    return answer(id);
  };
  try {
    await call(1, "Page.enable");
    const loaded = answer("Page.loadEventFired");
    await call(2, "Page.navigate", { url });
    await loaded;
    const options = { expression: script, awaitPromise: true, returnByValue: true };
    const { result } = (await call(3, "Runtime.evaluate", options)) as { result: { value: string } };
    return result.value;
  } finally {
    socket.close();
  }
}

function dumpOnce(awaited: string, { click, fill = {}, waitMs = 20_000 }: DomOptions): string {
  const clicking = `setInterval(() => {
    for (const [selector, text] of ${JSON.stringify(Object.entries(fill))}) {
      const field = document.querySelector(selector);
      if (!field || field.value === text) continue;
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, text);
      for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
    }
    document.querySelector(${JSON.stringify(click)})?.click();
  }, 500);`;
  return `new Promise((resolve) => {
    const root = document.documentElement;
    const look = () => { if (root.textContent.includes(${JSON.stringify(awaited)})) resolve(root.outerHTML); };
    new MutationObserver(look).observe(root, { childList: true, subtree: true, characterData: true });
    setTimeout(() => resolve(root.outerHTML), ${waitMs});
    ${click === undefined ? "" : clicking}
    look();
  })`;
}
