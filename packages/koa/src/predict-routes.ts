import { DeepaasError, isModelFile, type JsonValue, type ModelDescription, type ModelFile } from "@deepaas/core";
import { type ReadArgs, routes, toV2Prediction } from "@deepaas/protocol";
import type { Context } from "koa";
import { chosenMediaType, narrowsMediaType, takesJson, wantsEventStream, wantsOwnShapes } from "./accept-header.ts";
import type { Door, Entry } from "./door.ts";
import { writePredictStream } from "./event-stream.ts";
import { HttpFault } from "./http-fault.ts";
import { readCall } from "./read-call.ts";
import { callOf } from "./request-call.ts";
import { writeFile } from "./write-file.ts";
import { varyAccept, writeJson, writeOwnJson } from "./write-json.ts";

export function predictRoutes(door: Door): readonly Entry[] {
  const { service, settings } = door;
  return [
    [
      routes.predict,
      async (ctx, { model }) => {
        if (!settings.predictEndpoint) throw new HttpFault(402, "Payment Required");
        const call = callOf(ctx);
        const description = await service.describe(model, call);
        const read = await readCall(ctx, { door, model, schema: description.predictArgs });
        const { args } = read;
        try {
          // Whoever takes nothing else is told when there is no stream, before anything is computed.
          if (wantsEventStream(ctx) && (description.has.predictStream || !takesJson(ctx))) {
            read.keepUntilSent(ctx);
            return await writePredictStream(ctx, service.predictStream(model, args, call), settings);
          }
          negotiate(ctx, description, args);
          const value = await service.predict(model, args, call);
          varyAccept(ctx);
          if (!isModelFile(value)) return writeValue(ctx, value, { description, args, door });
          // As the original: where JSON was asked for, the schema is the answer's.
          if (description.response !== null && value.contentType === "application/json") {
            throw new DeepaasError("invalid_response", "The model gave bytes where its schema promises JSON.");
          }
          // The model may give back a file that was uploaded with the call.
          read.keepUntilSent(ctx);
          return await writeFile(ctx, value);
        } finally {
          await read.release();
        }
      },
    ],
  ];
}

/** The model's first media type that the client takes, for a caller that named none itself. Throws 406 when there is none. */
function negotiate(ctx: Context, { predictArgs }: ModelDescription, args: ReadArgs): void {
  const { accept: field } = predictArgs.properties;
  const choices = field?.enum;
  if (!field || !Array.isArray(choices)) return;
  const given = args.accept !== undefined && field.location !== "headers";
  if (given || wantsOwnShapes(ctx)) return;
  delete args.accept;
  if (!narrowsMediaType(ctx)) {
    // As the original, where whoever says that it takes anything gets what the model gives for that.
    if (field.location === "headers" && ctx.get("Accept") !== "") args.accept = "*/*";
    return;
  }
  const offered = (choices as JsonValue[]).filter((one): one is string => typeof one === "string" && one !== "*/*");
  const chosen = chosenMediaType(ctx, offered);
  if (chosen === undefined) throw new HttpFault(406, `The model answers ${offered.join(", ")}`);
  args.accept = chosen;
}

interface Answer {
  readonly description: ModelDescription;
  readonly args: ReadArgs;
  readonly door: Door;
}

function writeValue(ctx: Context, value: Exclude<JsonValue, ModelFile>, { description, args, door }: Answer): void {
  const accept = typeof args.accept === "string" && description.predictArgs.properties.accept ? args.accept : undefined;
  if (accept !== undefined && accept !== "*/*" && accept !== "application/json" && !accept.endsWith("+json")) {
    // As the original: no value is an empty body, and any other is a fault of the model.
    if (value !== null)
      throw new DeepaasError("invalid_response", `The model gave JSON where ${accept} was asked for.`);
    ctx.set("Content-Type", accept);
    ctx.body = Buffer.alloc(0);
    return;
  }
  if (wantsOwnShapes(ctx)) writeOwnJson(ctx, value);
  else writeJson(ctx, toV2Prediction(value, description, { rawPredictions: door.settings.rawPredictions }));
}
