// A real Chromium for the tests of the page. Each page reports what must not happen in it.
import { type Browser, type BrowserContextOptions, chromium as driver, type Page } from "playwright-core";
import { chromium } from "./chromium.ts";

const args = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"];

export function openBrowser(): Promise<Browser> {
  if (chromium === undefined) throw new Error("chromium is needed here; .ci/run installs it");
  return driver.launch({ executablePath: chromium, args });
}

export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors in the console, violations of the policy, and requests to other hosts. Lost connections are none. */
  readonly problems: readonly string[];
}

/** A page in a context of its own, that is, without what other pages have kept. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    // A browser reports each refused connection and each answer that is an error.
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection to/.test(text))
      problems.push(text);
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(http|ws)/.test(protocol) && hostname !== "127.0.0.1") problems.push(`request to ${hostname}`);
  });
  return {
    page,
    problems,
    async [Symbol.asyncDispose]() {
      await context.close();
      if (problems.length > 0) throw new Error(problems.join("\n"));
    },
  };
}
