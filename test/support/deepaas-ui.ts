// Does what deepaas_ui, the page of the AI4OS platform for models, does with a server: the same requests, and the same use of the
// answers. Its `launch.py` reads the document, and its `ui_utils.py` makes the inputs, sends the call and takes the answer apart.
import { basename } from "node:path";

interface Property {
  readonly type?: string;
  readonly description?: string;
}

export interface Parameter extends Property {
  readonly name: string;
  readonly type: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Specs {
  readonly paths: Readonly<
    Record<
      string,
      { readonly post: { readonly parameters: readonly Parameter[]; readonly produces: readonly string[] } }
    >
  >;
  readonly definitions: Readonly<Record<string, { readonly properties: Readonly<Record<string, Property>> }>>;
}

interface Metadata {
  readonly name?: string;
  readonly author?: string | readonly string[];
  readonly summary?: string;
}

/** What the page shows for one media type of the model's answers. */
export interface Tab {
  readonly mime: string;
  /** Name of each input to its kind. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Label of each output to its kind. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly title: string;
  readonly footer: string;
}

/** A value of an input: an empty one is not sent. */
export type Values = Readonly<Record<string, string | number | boolean | File>>;

/** `apiUrl`: as the option `--api_url`, with a slash at its end. */
export class DeepaasUi {
  readonly tabs: readonly Tab[];
  readonly #url: string;
  readonly #inputs: readonly Parameter[];

  private constructor(url: string, inputs: readonly Parameter[], tabs: readonly Tab[]) {
    this.#url = url;
    this.#inputs = inputs;
    this.tabs = tabs;
  }

  static async open(apiUrl: string): Promise<DeepaasUi> {
    const specs = (await (await fetch(`${apiUrl}swagger.json`)).json()) as Specs;
    const path = Object.keys(specs.paths).find((one) => one.endsWith("predict/")) as string;
    const { parameters, produces } = (specs.paths[path] as Specs["paths"][string]).post;
    const inputs = parameters.map((one) => ({ ...one, type: one.type ?? "string" }));
    const response = specs.definitions.ModelPredictionResponse?.properties;
    const tabs: Tab[] = [];
    for (const mime of produces) {
      if (mime === "*/*") continue;
      // The URL that it puts together has three slashes in a row.
      const answer = await fetch(`${apiUrl}/${path.replace(/\/predict\/$/, "")}/`);
      const metadata = (await answer.json()) as Metadata;
      const author = [metadata.author ?? ""].flat().join(", ");
      tabs.push({
        mime,
        inputs: Object.fromEntries(
          inputs.filter(({ name }) => name !== "accept").map((one) => [one.name, inputKind(one)]),
        ),
        outputs: mime === "application/json" && response ? outputKinds(response) : { "": mime },
        title: metadata.name ?? "",
        footer: `${author}; ${metadata.summary ?? ""}`,
      });
    }
    // Without the slash at the end of the path.
    return new DeepaasUi(`${apiUrl.replace(/\/$/, "")}/${path.replace(/^\/|\/$/g, "")}`, inputs, tabs);
  }

  /** Returns the output by label, or the bytes of a file. Throws the text of an answer that is an error. */
  async call({ mime, outputs }: Tab, values: Values): Promise<unknown> {
    const params = new URLSearchParams();
    const files = new FormData();
    for (const { name, type } of this.#inputs) {
      const value = values[name];
      if (value === undefined || value === "" || value === 0) continue;
      if (value instanceof File) files.append(name, value, basename(value.name));
      else if (type === "array")
        for (const item of JSON.parse(`[${value}]`) as unknown[]) params.append(name, String(item));
      // As Python writes a boolean.
      else params.append(name, typeof value === "boolean" ? (value ? "True" : "False") : String(value));
    }
    params.append("accept", mime);
    const form = new Response(files);
    const headers = { accept: mime, "content-type": form.headers.get("content-type") as string };
    // As bytes, which are the same for the URL that it is redirected to.
    const body = [...files.keys()].length > 0 ? { headers, body: await form.bytes() } : { headers: { accept: mime } };
    const answer = await fetch(`${this.#url}?${params}`, { method: "POST", ...body });
    if (mime !== "application/json") return new Uint8Array(await answer.arrayBuffer());
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(text);
    const result = JSON.parse(text) as { readonly [name: string]: unknown };
    if (result.status === "error") throw new Error(String(result.message));
    return Object.fromEntries(Object.keys(outputs).map((label) => [label, outputOf(label, result)]));
  }
}

function inputKind({ name, type, ...parameter }: Parameter): string {
  if (parameter.enum) return `Dropdown ${parameter.enum.join(" ")}`;
  if (type === "integer" && parameter.minimum !== undefined && parameter.maximum !== undefined) return "Slider";
  const kinds = { integer: "Number", number: "Number", boolean: "Checkbox", string: "Textbox", array: "Textbox" };
  const kind = kinds[type as keyof typeof kinds];
  if (kind) return kind;
  if (type !== "file") throw new Error(`UI does not support some of the input data types: ${name} :: ${type}`);
  return mediaKind(parameter.description) ?? "File";
}

function outputKinds(properties: Readonly<Record<string, Property>>): Readonly<Record<string, string>> {
  const kinds: Record<string, string> = {};
  for (const [name, { type, description }] of Object.entries(properties)) {
    if (type === undefined) kinds[name] = "Textbox";
    else if (name === "labels" || name === "probabilities") continue;
    else if (type === "string" || type === "boolean") kinds[name] = mediaKind(description) ?? "Textbox";
    else if (type === "integer" || type === "number") kinds[name] = "Number";
    else if (type === "array") kinds[name] = "Textbox";
    else if (type === "object") kinds[name] = "JSON";
    else throw new Error(`UI does not support some of the output data types: ${name} [${type}]`);
  }
  if (properties.labels && properties.probabilities) kinds["classification scores"] = "Label";
  return kinds;
}

function mediaKind(description = ""): string | undefined {
  return ["Image", "Audio", "Video"].find((kind) => description.toLowerCase().includes(kind.toLowerCase()));
}

function outputOf(label: string, result: { readonly [name: string]: unknown }): unknown {
  if (label !== "classification scores") return result[label];
  const probabilities = result.probabilities as readonly number[];
  return Object.fromEntries((result.labels as readonly string[]).map((name, i) => [name, probabilities[i]]));
}
