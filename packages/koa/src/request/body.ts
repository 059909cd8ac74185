// Reads the sources of a call's arguments from a request: query, headers, cookies, and the body by its content type.
import type { IncomingMessage } from "node:http";
import { isObject, type JsonObject } from "@deepaas/core";
import type { PrivateFolder } from "@deepaas/core/node";
import { type ArgSources, ownMediaType, type Texts } from "@deepaas/protocol";
import { bodyTooLarge, HttpError, textTooLarge } from "../http-error.ts";
import type { RestSettings } from "../options.ts";
import { type BodyLimits, bodyBytes, bufferedBody } from "./body-bytes.ts";
import { readForm } from "./form.ts";
import type { HttpRequest } from "./http-request.ts";
import { jsonFrom } from "./json.ts";
import { readMultipart } from "./multipart.ts";

type Body = Pick<ArgSources, "form" | "files" | "json" | "exact">;

/** Files are written to `folder`, which the caller removes. A body of an unknown type is ignored, as in the Python server. */
export async function readSources(
  request: HttpRequest,
  settings: RestSettings,
  folder: PrivateFolder,
): Promise<ArgSources> {
  return new RequestSources(request, await readBody(request, settings, folder));
}

/** Headers and cookies are parsed on first use: few models have arguments there. */
class RequestSources implements ArgSources {
  readonly query: Texts | undefined;
  readonly form: Body["form"];
  readonly files: Body["files"];
  readonly json: Body["json"];
  readonly exact: Body["exact"];
  readonly #request: HttpRequest;

  constructor(request: HttpRequest, { form, files, json, exact }: Body) {
    this.#request = request;
    this.query = request.querystring === "" ? undefined : textsFrom(request.querystring);
    this.form = form;
    this.files = files;
    this.json = json;
    this.exact = exact;
  }

  /** A token that has authenticated the caller is not for the model. */
  get headers(): Texts {
    const { req, caller } = this.#request;
    const all = Object.entries(req.headersDistinct).map(([name, values]) => [name, values ?? []] as const);
    return new Map(caller ? all.filter(([name]) => name !== "authorization") : all);
  }

  get cookies(): Texts {
    return cookiesFrom(this.#request.header("cookie"));
  }
}

async function readBody(request: HttpRequest, settings: RestSettings, folder: PrivateFolder): Promise<Body> {
  const { req } = request;
  const contentType = req.headers["content-type"] ?? "";
  const type = mediaTypeOf(contentType);
  const charset = contentType === type ? undefined : /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  // True if a middleware has read the body: its bytes are gone.
  if (req.readableDidRead && hasBody(req)) throw readBefore();
  if (type === "multipart/form-data") {
    return readMultipart(bodyBytes(req, bodyLimits(settings)), { ...settings, contentType, folder });
  }
  if (isJsonType(type)) {
    const limits = textLimits(settings);
    const bytes = bufferedBody(req, limits) ?? (await collect(bodyBytes(req, limits)));
    if (bytes.length === 0) return {};
    const json = jsonFrom(bytes, charset);
    // Bodies of this project's media type hold exact values, which are not converted from text.
    return type === ownMediaType && isObject(json) ? { exact: json as JsonObject } : { json };
  }
  if (type === "application/x-www-form-urlencoded") {
    const bytes = await collect(bodyBytes(req, textLimits(settings)));
    request.errorContext.isJsonAsForm = bytes[0] === 0x7b || bytes[0] === 0x5b;
    return { form: readForm(bytes, charset, settings.maxFields) };
  }
  return {};
}

/** Returns the media type of a `Content-Type` header, without parameters, in lower case. */
export function mediaTypeOf(contentType: string): string {
  // Hot path: what nearly all clients send.
  if (contentType === "application/json") return contentType;
  return contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

export function isJsonType(type: string): boolean {
  return type === "application/json" || /^application\/[\w.!#$&^+-]+\+json$/.test(type);
}

function bodyLimits({ maxBodyBytes, uploadIdleMs }: RestSettings): BodyLimits {
  return { maxBytes: maxBodyBytes, tooLarge: bodyTooLarge, uploadIdleMs };
}

/** For a body that is parsed in memory. */
function textLimits(settings: RestSettings): BodyLimits {
  const { maxJsonBytes, maxBodyBytes, uploadIdleMs } = settings;
  if (maxJsonBytes === 0 || (maxBodyBytes > 0 && maxBodyBytes <= maxJsonBytes)) return bodyLimits(settings);
  return { maxBytes: maxJsonBytes, tooLarge: textTooLarge, uploadIdleMs };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function readBefore(): HttpError {
  return new HttpError(
    500,
    "The body was read by a middleware, such as a body parser, before rest() of @deepaas/koa. Mount rest() before it: app.use(rest(host)); app.use(bodyParser())",
  );
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
