// A call as text to copy: for a shell, TypeScript and Python. Files are named as if they were in the present folder.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { jsonPartName, predictPath, trainPath } from "@deepaas/protocol";

export interface RequestFile {
  /** The argument. */
  readonly name: string;
  readonly filename: string;
  readonly contentType: string;
}

export interface RequestParts {
  /** Address of the server, without a slash at its end. */
  readonly serverUrl: string;
  readonly model: string;
  readonly call: "predict" | "predictStream" | "train";
  /** Without files; secrets replaced. */
  readonly args: JsonObject;
  readonly files: readonly RequestFile[];
  /** Arguments that are lists of files. */
  readonly fileLists: readonly string[];
}

export interface RequestText {
  readonly title: "curl" | "TypeScript" | "Python";
  readonly text: string;
}

export function requestTexts(parts: RequestParts): readonly RequestText[] {
  return [
    { title: "curl", text: curlText(parts) },
    { title: "TypeScript", text: typescriptText(parts) },
    { title: "Python", text: pythonText(parts) },
  ];
}

/** Returns the files among the arguments. */
export function filesOfArgs(args: Readonly<Record<string, unknown>>): Pick<RequestParts, "files" | "fileLists"> {
  const isList = ([, value]: [string, unknown]) =>
    Array.isArray(value) && value.length > 0 && value.every((one) => one instanceof Blob);
  const files = Object.entries(args).flatMap(([name, value]) =>
    ([value].flat() as readonly unknown[])
      .filter((one) => one instanceof Blob)
      .map((one) => ({
        name,
        filename: (one as Partial<File>).name || name,
        contentType: one.type || "application/octet-stream",
      })),
  );
  return {
    files,
    fileLists: Object.entries(args)
      .filter(isList)
      .map(([name]) => name),
  };
}

function addressOf({ serverUrl, model, call }: RequestParts): string {
  return `${serverUrl}${call === "train" ? trainPath(model) : predictPath(model)}`;
}

function curlText(parts: RequestParts): string {
  const { args, files, call } = parts;
  const json = JSON.stringify(args);
  const lines = [
    `curl ${call === "predictStream" ? "-N " : ""}${shellWord(addressOf(parts))}`,
    ...(call === "predictStream" ? ["-H 'Accept: text/event-stream'"] : []),
    ...(files.length === 0
      ? ["-H 'Content-Type: application/json'", `--data-raw ${shellWord(json)}`]
      : [
          ...files.map(
            ({ name, filename, contentType }) =>
              `-F ${shellWord(`${name}=@${curlFilename(filename)};type=${contentType}`)}`,
          ),
          ...(json === "{}" ? [] : [`--form-string ${shellWord(`${jsonPartName}=${json}`)}`]),
        ]),
  ];
  return lines.join(" \\\n  ");
}

/** Quoted for POSIX shells if it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** In double quotes, where curl reads neither `;` nor `,`. */
function curlFilename(name: string): string {
  return `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function typescriptText({ serverUrl, model, call, args, files, fileLists }: RequestParts): string {
  const file = ({ filename, contentType }: RequestFile) =>
    `new File([await readFile(${quoted(filename)})], ${quoted(filename)}, { type: ${quoted(contentType)} })`;
  const members = [
    ...namesOf(files).map((name): [string, string] => {
      const all = files.filter((one) => one.name === name).map(file);
      return [name, fileLists.includes(name) ? `[${all.join(", ")}]` : (all[0] as string)];
    }),
    ...Object.entries(args).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
  ];
  const given = braces(
    members.map(([name, text]) => `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)}: ${text}`),
  );
  const request = `service.${call}(${quoted(model)}, ${given})`;
  return [
    ...(files.length > 0 ? ['import { readFile } from "node:fs/promises";'] : []),
    'import { connectRest } from "@deepaas/client";',
    "",
    `const service = connectRest(${quoted(serverUrl)});`,
    ...(call === "predictStream"
      ? [`for await (const item of ${request}) console.log(item);`]
      : [`console.log(await ${request});`]),
  ].join("\n");
}

function pythonText(parts: RequestParts): string {
  const { args, files, call } = parts;
  const stream = call === "predictStream";
  const tuple = ({ name, filename, contentType }: RequestFile) =>
    `        (${quoted(name)}, (${quoted(filename)}, open(${quoted(filename)}, "rb"), ${quoted(contentType)})),`;
  const given = Object.keys(args).length === 0 ? "{}" : pythonValue(args);
  return [
    ...(files.length > 0 && given !== "{}" ? ["import json", ""] : []),
    "import requests",
    "",
    "response = requests.post(",
    `    ${quoted(addressOf(parts))},`,
    ...(stream ? ['    headers={"Accept": "text/event-stream"},', "    stream=True,"] : []),
    ...(files.length === 0 ? [`    json=${given},`] : ["    files=[", ...files.map(tuple), "    ],"]),
    ...(files.length > 0 && given !== "{}" ? [`    data={"${jsonPartName}": json.dumps(${given})},`] : []),
    ")",
    "response.raise_for_status()",
    ...(stream
      ? [
          "for line in response.iter_lines(decode_unicode=True):",
          '    if line.startswith("data: "):',
          "        print(line[6:])",
        ]
      : ["print(response.text)"]),
  ].join("\n");
}

/** A JSON value as Python writes it. */
function pythonValue(value: JsonValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([name, one]) => `${quoted(name)}: ${pythonValue(one as JsonValue)}`)
    .join(", ")}}`;
}

/** A text in double quotes: the same in JSON, JavaScript and Python. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function braces(members: readonly string[]): string {
  if (members.length === 0) return "{}";
  const line = `{ ${members.join(", ")} }`;
  return line.length <= 72 ? line : `{\n${members.map((one) => `  ${one},\n`).join("")}}`;
}

function namesOf(files: readonly RequestFile[]): readonly string[] {
  return [...new Set(files.map(({ name }) => name))];
}
