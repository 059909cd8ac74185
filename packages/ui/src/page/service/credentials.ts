// The API key or token of the person at the page. It is kept for this tab only, and never in a URL.
import { effect, signal } from "@preact/signals";
import { allowed } from "./browser-storage.ts";

const storage = allowed(() => sessionStorage);
const key = "deepaas-token";

export const token = signal<string | undefined>(storage?.getItem(key) ?? undefined);

/** True once the server has refused a call because it does not know who calls, or does not know the token. */
export const needsToken = signal(false);

effect(() => {
  if (token.value === undefined) storage?.removeItem(key);
  else storage?.setItem(key, token.value);
});

export function authorization(): Readonly<Record<string, string>> {
  return token.value === undefined ? {} : { Authorization: `Bearer ${token.value}` };
}
