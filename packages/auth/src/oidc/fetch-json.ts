// Reads JSON from an issuer, with limits: an issuer that is slow or sends too much must not stop the server.
import { isObject, parseJson } from "@deepaas/core";

const maxBytes = 1024 * 1024;

export interface FetchOptions {
  readonly timeoutMs: number;
  /** A bearer token. */
  readonly token?: string;
}

/** The issuer answered with another status than 200. */
export class StatusError extends Error {
  readonly status: number;

  constructor(url: string, status: number) {
    super(`${url} answered with status ${status}`);
    this.status = status;
  }
}

/** Returns a JSON object of at most 1 MiB. Redirects are not followed. No error has a part of the token or of the answer. */
export async function fetchJson(url: string, { timeoutMs, token }: FetchOptions): Promise<Record<string, unknown>> {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { accept: "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  let text: string;
  try {
    const response = await fetch(url, { signal, headers, redirect: "manual" });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new StatusError(url, response.status);
    }
    text = await readText(response, url);
  } catch (error) {
    if (signal.aborted) throw new Error(`${url} did not answer within ${timeoutMs} ms`);
    throw error instanceof TypeError ? new Error(`${url} cannot be reached`, { cause: error }) : error;
  }
  const value = parsed(text);
  if (!isObject(value)) throw new Error(`${url} did not answer with a JSON object`);
  return value;
}

async function readText({ body }: Response, url: string): Promise<string> {
  if (body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new Error(`${url} answered with more than 1 MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
