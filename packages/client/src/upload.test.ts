// Uploads as pages send them, through answers that no server of ours gives. A page in a real browser: test/browser-client.test.ts.
import { ownMediaType } from "@deepaas/protocol";
import { afterEach, expect, test, vi } from "vitest";
import { connectRest } from "./connect-rest.ts";
import { upload } from "./upload.ts";

afterEach(() => vi.unstubAllGlobals());

interface Answer {
  readonly status: number;
  readonly headers?: string;
  readonly text?: string;
}

/** Answers each request in this way; without an answer never. Gives those that were sent. */
function pageWith(answer?: Answer) {
  const sent: FormData[] = [];
  class FakeXhr {
    readonly upload: { onprogress?: (event: { readonly loaded: number }) => void } = {};
    readonly status = answer?.status ?? 0;
    readonly response = new Blob([answer?.text ?? ""]);
    readonly open = () => {};
    readonly setRequestHeader = () => {};
    readonly getAllResponseHeaders = () => answer?.headers ?? "";
    onload?: () => void;
    onabort?: () => void;
    #sent = false;
    send(form: FormData): void {
      this.#sent = true;
      sent.push(form);
      // An exception in a handler goes to the page, and to nobody else.
      if (answer)
        setImmediate(() => {
          try {
            this.onload?.();
          } catch {}
        });
    }
    abort(): void {
      if (this.#sent) this.onabort?.();
    }
  }
  vi.stubGlobal("XMLHttpRequest", FakeXhr);
  return sent;
}

const form = () => {
  const one = new FormData();
  one.append("file", new Blob(["abc"]), "a");
  return one;
};
const what = (signal?: AbortSignal) => ({
  url: "http://example.org/",
  method: "POST",
  headers: {},
  form: form(),
  signal,
  onSent: () => {},
});

test("an answer without headers is an answer", async () => {
  pageWith({ status: 200, text: "done" });
  const response = await upload(what(), undefined);
  expect([response.status, await response.text(), [...response.headers]]).toEqual([200, "done", []]);
});

test("headers are those of the answer", async () => {
  pageWith({ status: 200, headers: "content-type: text/plain\r\nx-a: b: c\r\n" });
  const { headers } = await upload(what(), undefined);
  expect([...headers]).toEqual([
    ["content-type", "text/plain"],
    ["x-a", "b: c"],
  ]);
});

test.each([204, 205, 304])("an answer with %i has no body", async (status) => {
  pageWith({ status });
  const response = await upload(what(), undefined);
  expect([response.status, response.body]).toEqual([status, null]);
});

test("an answer that cannot be one rejects", async () => {
  pageWith({ status: 999 });
  await expect(upload(what(), undefined)).rejects.toThrow(RangeError);
});

test("a call that is ended before it is sent is not sent, one that is ended later rejects", async () => {
  const sent = pageWith();
  const reason = new Error("enough");
  await expect(upload(what(AbortSignal.abort(reason)), undefined)).rejects.toBe(reason);
  expect(sent).toEqual([]);
  const leave = new AbortController();
  const left = upload(what(leave.signal), undefined);
  expect(sent).toHaveLength(1);
  leave.abort();
  await expect(left).rejects.toThrow(TypeError);
});

test("a call that is ended while its headers are asked for rejects", async () => {
  const sent = pageWith();
  const leave = new AbortController();
  const headers = async () => {
    leave.abort();
    return {};
  };
  const client = connectRest("http://example.org", { headers });
  const call = client.predict("m", { file: new Blob(["abc"]) }, { signal: leave.signal, onUploadProgress: () => {} });
  await expect(call).rejects.toMatchObject({ code: "cancelled" });
  expect(sent).toEqual([]);
});

test("a fetch that is given to a page gets the form as it is, and progress is told once, when it has gone", async () => {
  const sent = pageWith();
  const bodies: unknown[] = [];
  const progress: unknown[] = [];
  let status = 200;
  const fetch = async (_url: unknown, init?: RequestInit) => {
    bodies.push(init?.body);
    return Response.json(progress.length, { status, headers: { "Content-Type": ownMediaType } });
  };
  const client = connectRest("http://example.org", { fetch });
  const options = { onUploadProgress: (one: object) => progress.push(one) };
  expect(await client.predict("m", { file: new Blob(["abc"]), text: "more" }, options)).toBe(0);
  expect(bodies).toEqual([expect.any(FormData)]);
  expect((bodies[0] as FormData).get("file")).toMatchObject({ size: 3 });
  expect(progress).toEqual([{ bytes: 3, total: 3 }]);
  status = 413;
  await expect(client.predict("m", { file: new Blob(["abc"]) }, options)).rejects.toMatchObject({ code: "too_large" });
  expect([progress.length, sent]).toEqual([1, []]);
});
