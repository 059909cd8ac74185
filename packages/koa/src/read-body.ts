// A request as the sources of a call's arguments: query, headers and cookies, and the body by its content type.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { type ArgSources, ownMediaType, type Texts } from "@deepaas/protocol";
import type { Context } from "koa";
import { bodyBytes, wholeBody } from "./body-bytes.ts";
import { HttpFault } from "./http-fault.ts";
import { decodeText, parseJson } from "./read-json.ts";
import { readMultipart } from "./read-multipart.ts";
import type { RestSettings } from "./rest-options.ts";
import type { UploadFolder } from "./upload-folder.ts";

type Body = Pick<ArgSources, "form" | "files" | "json" | "exact">;

/** A body of another type is ignored, as the original does. Files go into `folder`, which its owner removes. */
export async function readSources(ctx: Context, settings: RestSettings, folder: UploadFolder): Promise<ArgSources> {
  return new RequestSources(ctx, await readBody(ctx, settings, folder));
}

/** Headers and cookies are taken apart for the few models that ask for them. */
class RequestSources implements ArgSources {
  readonly query: Texts | undefined;
  readonly form: Body["form"];
  readonly files: Body["files"];
  readonly json: Body["json"];
  readonly exact: Body["exact"];
  readonly #ctx: Context;

  constructor(ctx: Context, { form, files, json, exact }: Body) {
    this.#ctx = ctx;
    this.query = ctx.querystring === "" ? undefined : textsFrom(ctx.querystring);
    this.form = form;
    this.files = files;
    this.json = json;
    this.exact = exact;
  }

  get headers(): Texts {
    return new Map(Object.entries(this.#ctx.req.headersDistinct).map(([name, values]) => [name, values ?? []]));
  }

  get cookies(): Texts {
    return cookiesFrom(this.#ctx.get("Cookie"));
  }
}

async function readBody(ctx: Context, settings: RestSettings, folder: UploadFolder): Promise<Body> {
  const contentType = ctx.req.headers["content-type"] ?? "";
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const charset = contentType === type ? undefined : /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  if (type === "multipart/form-data") {
    return readMultipart(bodyBytes(ctx.req, settings), { ...settings, contentType, folder });
  }
  if (type === "application/json" || /^application\/[\w.!#$&^+-]+\+json$/.test(type)) {
    const bytes = wholeBody(ctx.req, settings) ?? (await collect(bodyBytes(ctx.req, settings)));
    if (bytes.length === 0) return {};
    const json = parseJson(bytes, charset);
    // From our own client: values, not text that may stand for them.
    return type === ownMediaType && isJsonObject(json) ? { exact: json } : { json };
  }
  if (type === "application/x-www-form-urlencoded") {
    const text = decodeText(await collect(bodyBytes(ctx.req, settings)), charset);
    if (text.split("&", settings.maxFields + 1).length > settings.maxFields) {
      throw new HttpFault(413, `The form has more than ${settings.maxFields} fields`);
    }
    return { form: textsFrom(text) };
  }
  return {};
}

function isJsonObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function textsFrom(text: string): Texts {
  const texts = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = texts.get(name);
    if (values) values.push(value);
    else texts.set(name, [value]);
  }
  return texts;
}

function cookiesFrom(header: string): Texts {
  const pairs = header.split(";").map((pair) => /^\s*([^=\s]+)\s*=\s*"?([^"]*)"?\s*$/.exec(pair));
  return new Map(pairs.filter((pair) => pair !== null).map(([, name = "", value = ""]) => [name, [value]]));
}

async function collect(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
