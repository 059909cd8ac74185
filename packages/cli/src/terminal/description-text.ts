// A model's description for people.
import type { JsonValue, ModelDescription, ObjectSchema } from "@deepaas/core";
import { argsHelp } from "../args/args-help.ts";
import { exampleCommand } from "../args/example-command.ts";
import { styled } from "./style.ts";
import { definitions } from "./table.ts";
import { metricsText, plainText } from "./texts.ts";

/** `given`: the model as it was named on the command line. */
export function descriptionText(description: ModelDescription, given: string): string {
  const { metadata, has, predictArgs, trainArgs, response, resume, promote, shippedMetrics } = description;
  const { servedAs, weightsVersion, id: _id, ...members } = metadata;
  const facts: (readonly [string, string])[] = [
    ...Object.entries(members).flatMap(([name, value]) => (isEmpty(value) ? [] : [[name, shown(value)] as const])),
    [
      "weights",
      `version ${weightsVersion}${Object.keys(shippedMetrics).length > 0 ? `; shipped: ${metricsText(shippedMetrics)}` : ""}`,
    ],
    ["can", abilitiesOf(has).join(", ")],
    ["after a crash", resume === "auto" ? "a training is resumed" : "a training fails"],
    [
      "new weights",
      typeof promote === "object"
        ? `served if ${promote.metric} is ${promote.better}`
        : promote === "ask"
          ? "served on request"
          : "served at once",
    ],
  ];
  return [
    `${styled("bold", servedAs)}\n`,
    definitions(facts.map(([name, text]) => [`  ${name}`, plainText(text)])),
    argsText("Arguments of predict", predictArgs),
    has.train ? argsText("Arguments of train", trainArgs) : "",
    examplesText(description, given),
    response === null ? "" : `\n${styled("bold", "Result of predict")}\n${indented(JSON.stringify(response, null, 2))}`,
  ].join("");
}

function examplesText({ has, predictArgs, trainArgs }: ModelDescription, given: string): string {
  const stream = has.predict || has.predictBatch ? "" : " --stream";
  const examples = [
    ...(stream === "" || has.predictStream ? [exampleCommand("predict", given, predictArgs) + stream] : []),
    ...(has.train ? [exampleCommand("train", given, trainArgs)] : []),
  ];
  return `\n${styled("bold", "Examples")}\n${indented(examples.join("\n"))}`;
}

function argsText(title: string, schema: ObjectSchema): string {
  return `\n${styled("bold", title)}\n${plainText(argsHelp(schema)) || "  none\n"}`;
}

function abilitiesOf({ predict, predictBatch, predictStream, train }: ModelDescription["has"]): string[] {
  return [
    ...(predict || predictBatch ? ["predict"] : []),
    ...(predictBatch ? ["predict in batches"] : []),
    ...(predictStream ? ["stream"] : []),
    ...(train ? ["train"] : []),
  ];
}

function isEmpty(value: JsonValue): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function shown(value: JsonValue): string {
  if (typeof value === "string") return value.split("\n")[0] as string;
  return Array.isArray(value) && value.every((one) => typeof one !== "object")
    ? value.join(", ")
    : JSON.stringify(value);
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}\n`)
    .join("");
}
