// A call as text to copy: for a shell, TypeScript and Python. Files are named as if they were in the present folder.
import { isObject } from "@deepaas/core";
import { jsonPartName, predictPath, trainPath } from "@deepaas/protocol";

export interface RequestParts {
  /** Address of the server, without a slash at its end. */
  readonly serverUrl: string;
  readonly model: string;
  readonly call: "predict" | "predictStream" | "train";
  /** The caller has a key: the texts take it from the environment variable DEEPAAS_TOKEN. */
  readonly hasToken: boolean;
  /** `Blob`s are files. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** Returns the text for each language. */
export function requestTexts({
  serverUrl,
  model,
  call,
  hasToken,
  args,
}: RequestParts): Readonly<Record<string, string>> {
  const url = `${serverUrl}${call === "train" ? trainPath(model) : predictPath(model)}`;
  const stream = call === "predictStream";
  const files = filesOfArgs(args).map(({ name, file }) => [name, file.name || name, file.type || anyType] as const);
  const rest = Object.fromEntries(Object.entries(args).filter(([name]) => !files.some(([one]) => one === name)));
  const hasRest = Object.keys(rest).length > 0;
  const json = JSON.stringify(rest);
  const python = literal(rest, { true: "True", false: "False", null: "None" });
  const request = `service.${call}(${quoted(model)}, ${literal(args)})`;
  const headers = [
    ...(hasToken ? ['"Authorization": "Bearer " + os.environ["DEEPAAS_TOKEN"]'] : []),
    ...(stream ? ['"Accept": "text/event-stream"'] : []),
  ];
  const lines = (...all: readonly (string | false)[]) => all.filter((line) => line !== false).join("\n");
  return {
    curl: [
      `curl ${stream ? "-N " : ""}${shellWord(url)}`,
      ...(hasToken ? ['-H "Authorization: Bearer $DEEPAAS_TOKEN"'] : []),
      ...(stream ? ["-H 'Accept: text/event-stream'"] : []),
      ...files.map(([name, filename, type]) => `-F ${shellWord(`${name}=@${quoted(filename)};type=${type}`)}`),
      ...(files.length === 0
        ? ["-H 'Content-Type: application/json'", `--data-raw ${shellWord(json)}`]
        : hasRest
          ? [`--form-string ${shellWord(`${jsonPartName}=${json}`)}`]
          : []),
    ].join(" \\\n  "),
    TypeScript: lines(
      files.length > 0 && 'import { readFile } from "node:fs/promises";',
      'import { connectRest } from "@deepaas/client";',
      "",
      `const service = connectRest(${quoted(serverUrl)}${hasToken ? `, { headers: { Authorization: ${bearer} } }` : ""});`,
      stream ? `for await (const item of ${request}) console.log(item);` : `console.log(await ${request});`,
    ),
    Python: lines(
      files.length > 0 && "import json",
      hasToken && "import os",
      "import requests",
      "",
      "response = requests.post(",
      `    ${quoted(url)},`,
      headers.length > 0 && `    headers={${headers.join(", ")}},`,
      stream && "    stream=True,",
      files.length === 0 && `    json=${python},`,
      files.length > 0 && "    files=[",
      ...files.map(
        ([name, filename, type]) =>
          `        (${quoted(name)}, (${quoted(filename)}, open(${quoted(filename)}, "rb"), ${quoted(type)})),`,
      ),
      files.length > 0 && "    ],",
      files.length > 0 && hasRest && `    data={"${jsonPartName}": json.dumps(${python})},`,
      ")",
      "response.raise_for_status()",
      stream
        ? 'for line in response.iter_lines(decode_unicode=True):\n    if line.startswith("data: "):\n        print(line[6:])'
        : "print(response.text)",
    ),
  };
}

const bearer = '"Bearer " + process.env.DEEPAAS_TOKEN';
const anyType = "application/octet-stream";

/** Returns the files among the arguments, those of lists, too. */
export function filesOfArgs(
  args: Readonly<Record<string, unknown>>,
): readonly { readonly name: string; readonly file: File }[] {
  return Object.entries(args).flatMap(([name, value]) =>
    [value].flat().flatMap((file) => (file instanceof Blob ? [{ name, file: file as File }] : [])),
  );
}

/** Quoted for POSIX shells if it must be. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value as code. `words`: those that another language than JavaScript writes otherwise. */
function literal(value: unknown, words: Readonly<Record<string, string>> = {}): string {
  if (value instanceof File) {
    const name = quoted(value.name);
    return `new File([await readFile(${name})], ${name}, { type: ${quoted(value.type || anyType)} })`;
  }
  if (Array.isArray(value)) return `[${value.map((one) => literal(one, words)).join(", ")}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(([name, one]) => `${quoted(name)}: ${literal(one, words)}`);
    return `{${members.join(", ")}}`;
  }
  return (typeof value !== "string" && words[String(value)]) || JSON.stringify(value);
}

/** A text in double quotes: the same in JSON, JavaScript and Python. curl reads neither `;` nor `,` in it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
