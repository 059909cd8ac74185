// Sends a form and reports its progress, which `fetch` does not. A browser uses `XMLHttpRequest`. Other runtimes send a stream and
// count the bytes that the network reads from it (browsers stream request bodies over HTTP/2 only, and some not at all).

export interface Upload {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: FormData;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of the form sent so far; with `Infinity` when the form is sent completely. */
  readonly onSent: (bytes: number) => void;
}

const portionBytes = 65_536;

/** The part of `XMLHttpRequest` that this module uses. */
interface Xhr {
  responseType: string;
  onload: () => void;
  onerror: () => void;
  onabort: () => void;
  readonly status: number;
  readonly response: unknown;
  readonly upload: { onprogress: (event: { readonly loaded: number }) => void };
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: FormData): void;
  abort(): void;
}

/** Rejects as `fetch` does. `fetch`: default that of the page or the process. */
export function upload(what: Upload, fetch: typeof globalThis.fetch | undefined): Promise<Response> {
  const { XMLHttpRequest } = globalThis as { readonly XMLHttpRequest?: new () => Xhr };
  if (XMLHttpRequest) return fetch ? plainly(what, fetch) : byXhr(new XMLHttpRequest(), what);
  const { url, form, onSent, signal, ...rest } = what;
  const { body, headers } = new Response(form);
  async function* portions(): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    for await (const part of body as AsyncIterable<Uint8Array>) {
      for (let start = 0; start < part.length; start += portionBytes) {
        const portion = part.subarray(start, start + portionBytes);
        yield portion;
        // The network asks for more: the earlier chunk was sent.
        bytes += portion.length;
        onSent(bytes);
      }
    }
  }
  const contentType = headers.get("Content-Type") as string;
  const request = {
    ...rest,
    headers: { ...rest.headers, "Content-Type": contentType },
    body: ReadableStream.from(portions()),
    duplex: "half",
  };
  return (fetch ?? globalThis.fetch)(url, { ...request, ...(signal && { signal }) } as RequestInit);
}

/** With a custom `fetch` in a browser, which reports no progress before the response. */
async function plainly({ url, form, onSent, ...rest }: Upload, fetch: typeof globalThis.fetch): Promise<Response> {
  const response = await fetch(url, { ...rest, body: form } as RequestInit);
  // A server that refuses a form may not have read it completely.
  if (response.ok) onSent(Number.POSITIVE_INFINITY);
  return response;
}

/** Resolves when the response is complete. */
async function byXhr(xhr: Xhr, { url, method, headers, form, signal, onSent }: Upload): Promise<Response> {
  // A request that was not sent yet gets no `loadend` event.
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  xhr.open(method, url);
  xhr.responseType = "blob";
  for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
  xhr.upload.onprogress = ({ loaded }) => onSent(loaded);
  xhr.onload = () => {
    try {
      resolve(answerOf(xhr));
    } catch (error) {
      reject(error as Error);
    }
  };
  xhr.onerror = () => reject(new TypeError("The request failed."));
  xhr.onabort = xhr.onerror;
  const leave = () => xhr.abort();
  signal?.addEventListener("abort", leave);
  try {
    xhr.send(form);
    return await promise;
  } finally {
    signal?.removeEventListener("abort", leave);
  }
}

/** Throws for a status that `Response` does not accept. */
function answerOf(xhr: Xhr): Response {
  const lines = xhr.getAllResponseHeaders().split(/\r?\n/);
  const headers = lines.filter(Boolean).map((line): [string, string] => {
    const at = line.indexOf(":");
    return [line.slice(0, at), line.slice(at + 1)];
  });
  const { status } = xhr;
  const body = status === 204 || status === 205 || status === 304 ? null : (xhr.response as Blob);
  return new Response(body, { status, headers });
}
