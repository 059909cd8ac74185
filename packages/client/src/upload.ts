// A form on its way, and how far it is. `fetch` does not say that: in a browser it is sent by an `XMLHttpRequest`, elsewhere as a
// stream that is counted as the network takes it (browsers stream a body over HTTP/2 only, and some not at all).

export interface Upload {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: FormData;
  readonly signal?: AbortSignal | undefined;
  /** Hears of all bytes of the form that have gone so far; `Infinity` says that it has gone, however long it is. */
  readonly onSent: (bytes: number) => void;
}

const portionBytes = 65_536;

/** The least that is needed of the global `XMLHttpRequest`. */
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

/** Rejects as `fetch` does. Without a `fetch` to use, that of the page or the process. */
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
        // Somebody wants more: it has gone.
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

/** By a `fetch` in a browser, which tells nothing until it is answered. */
async function plainly({ url, form, onSent, ...rest }: Upload, fetch: typeof globalThis.fetch): Promise<Response> {
  const response = await fetch(url, { ...rest, body: form } as RequestInit);
  // Who refuses a form may not have taken the whole of it.
  if (response.ok) onSent(Number.POSITIVE_INFINITY);
  return response;
}

/** The answer is there once it is whole. */
async function byXhr(xhr: Xhr, { url, method, headers, form, signal, onSent }: Upload): Promise<Response> {
  // One that is not sent yet says nothing of its end.
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

/** Throws for what is no answer to `Response`. */
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
