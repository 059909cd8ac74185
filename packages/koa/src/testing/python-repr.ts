// What Python's `repr` shows, as the JSON value that stands for it on the wire. The recorded model echoes each argument as
// `<type>: <repr>`; ours echoes the value.
import type { JsonValue } from "@deepaas/core";

/** Dates and times become ISO 8601, a tuple a list, an enum member its name, a period its seconds. Throws for the rest. */
export function valueFromRepr(text: string): JsonValue {
  const reader = new ReprReader(text);
  const value = reader.value();
  if (!reader.atEnd) throw new Error(`not understood: ${text}`);
  return value;
}

const names: Readonly<Record<string, JsonValue>> = {
  None: null,
  True: true,
  False: false,
  nan: "NaN",
  inf: "Infinity",
  "datetime.timezone.utc": "Z",
};
const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

class ReprReader {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  value(): JsonValue {
    const next = this.#text.charAt(this.#at);
    if (next === "[") return this.#items("]");
    if (next === "(") return this.#items(")");
    if (next === "{") return this.#dict();
    if (this.#take(/<\w+\.(\w+): /y)) return this.#enumMember();
    const bytes = this.#take(/b(?=['"])/y) !== undefined;
    const quoted = this.#take(/(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")/y);
    if (quoted !== undefined) return unescaped(quoted.slice(1, -1), bytes);
    const number = this.#take(/-?\d[\d.]*(?:e[+-]?\d+)?/y);
    if (number !== undefined) return Number(number);
    const name = this.#take(/[A-Za-z_][\w.]*/y);
    if (name === undefined) throw new Error(`not understood at ${this.#at}: ${this.#text}`);
    return this.#text.charAt(this.#at) === "(" ? this.#object(name) : name in names ? (names[name] as JsonValue) : name;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #items(end: string): JsonValue[] {
    this.#at++;
    const items: JsonValue[] = [];
    while (this.#take(end === "]" ? /\]/y : /\)/y) === undefined) {
      items.push(this.value());
      this.#take(/, ?/y);
    }
    return items;
  }

  #dict(): JsonValue {
    this.#at++;
    const members: [string, JsonValue][] = [];
    while (this.#take(/\}/y) === undefined) {
      const key = this.value();
      this.#take(/: /y);
      members.push([String(key), this.value()]);
      this.#take(/, /y);
    }
    return Object.fromEntries(members);
  }

  /** `<Color.red: 'r'>`, of which the start is taken. */
  #enumMember(): JsonValue {
    const [, name = ""] = /<\w+\.(\w+): $/.exec(this.#text.slice(0, this.#at)) ?? [];
    this.value();
    this.#take(/>/y);
    return name;
  }

  #object(name: string): JsonValue {
    const options: Record<string, JsonValue> = {};
    const plain: JsonValue[] = [];
    this.#at++;
    while (this.#take(/\)/y) === undefined) {
      const option = this.#take(/\w+=/y);
      if (option === undefined) plain.push(this.value());
      else options[option.slice(0, -1)] = this.value();
      this.#take(/, /y);
    }
    return objectNamed(name, plain, options);
  }
}

function objectNamed(
  name: string,
  plain: readonly JsonValue[],
  options: Readonly<Record<string, JsonValue>>,
): JsonValue {
  const two = (value: JsonValue | undefined) => String(value ?? 0).padStart(2, "0");
  const [a, b, c, ...clock] = plain;
  switch (name) {
    case "datetime.date":
      return [a, two(b), two(c)].join("-");
    case "datetime.time":
      return [a, b, c].map(two).join(":");
    case "datetime.datetime": {
      const time = [clock[0], clock[1], clock[2]].map(two).join(":");
      return `${[a, two(b), two(c)].join("-")}T${time}${String(options.tzinfo ?? "")}`;
    }
    case "datetime.timedelta":
      return options.seconds ?? 0;
    case "datetime.timezone":
      return String(b).replace(/(\d\d)$/, ":$1");
    case "UploadedFile":
      return { content_type: options.content_type ?? "", original_filename: options.original_filename ?? "" };
    case "Decimal":
      return Number(a);
    default:
      return a ?? null;
  }
}

function unescaped(text: string, bytes: boolean): string {
  const plain = text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g,
    (_all, ...found: (string | undefined)[]) => {
      const [x, u, long, c = ""] = found;
      const code = x ?? u ?? long;
      return code === undefined ? (escapes[c] ?? c) : String.fromCodePoint(Number.parseInt(code, 16));
    },
  );
  return bytes ? Buffer.from(plain, "latin1").toString() : plain;
}
