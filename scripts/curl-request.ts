// What a recorded curl command sent, from its words: the transcripts show the head of a request, but not its body.
// Texts are read as latin1 throughout: one character, one byte.
import { gzipSync } from "node:zlib";

/** The words of a command as bash's `printf %q` writes them. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word = "";
  let open = false;
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (c === " ") {
      if (open) words.push(word);
      [word, open] = ["", false];
      continue;
    }
    open = true;
    if (c === "\\") word += line.charAt(++i);
    else if (c === "'" || (c === "$" && line.charAt(i + 1) === "'")) {
      const ansi = c === "$";
      const from = i + (ansi ? 2 : 1);
      const to = closingQuote(line, from, ansi);
      word += ansi ? unescaped(line.slice(from, to)) : line.slice(from, to);
      i = to;
    } else word += c;
  }
  return open ? [...words, word] : words;
}

function closingQuote(line: string, from: number, ansi: boolean): number {
  for (let i = from; i < line.length; i++) {
    if (ansi && line.charAt(i) === "\\") i++;
    else if (line.charAt(i) === "'") return i;
  }
  throw new Error(`an open quote in: ${line}`);
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "'": "'", '"': '"', "\\": "\\" };

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3}|.)/g, (_all, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  );
}

/** The files that the commands name. Their sizes, and the hash of the largest, are in the recordings. */
const files: Readonly<Record<string, string>> = {
  "up.png": "hello image bytes",
  "up2.txt": "second",
  "big200k.bin": "x".repeat(200_000),
  "big20m.bin": "\0".repeat(20_000_000),
  "big.json": `{"str_req":"${"x".repeat(200_000)}"}`,
  "bigj.json": `{"text":"${"y".repeat(5_000_000)}"}`,
  "/dev/null": "",
  "/dev/fd/63": gzipSync('{"str_req":"abc","mode":"keys"}').toString("latin1"),
};

const mediaTypes: Readonly<Record<string, string>> = { png: "image/png", txt: "text/plain" };

/** The body; `contentType` is that of the request, whose boundary is used. Undefined: none. */
export function bodyOf(words: readonly string[], contentType: string): string | undefined {
  const values = (...names: string[]) => words.flatMap((word, i) => (names.includes(word) ? [words[i + 1] ?? ""] : []));
  const fields = values("-F");
  if (fields.length > 0) return multipart(fields, contentType.split("boundary=")[1] ?? "");
  const data = values("-d", "--data-binary").map((value) =>
    value.startsWith("@") ? fileNamed(value.slice(1)) : value,
  );
  const encoded = values("--data-urlencode").map((value) =>
    value.replace(/@(.*)$/, (_all, name: string) => `=${fileNamed(name)}`),
  );
  const all = [...data, ...encoded];
  return all.length > 0 ? all.join("&") : undefined;
}

function multipart(fields: readonly string[], boundary: string): string {
  const parts = fields.map((field) => {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
    const [content = "", ...options] = value.split(";");
    const option = (key: string) => options.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);
    const path = content.startsWith("@") ? content.slice(1) : undefined;
    // As curl: a quote is escaped in the way of browsers.
    const filename = path === undefined ? undefined : (option("filename") ?? path).replaceAll('"', "%22");
    const guessed = [filename, path]
      .map((one) => mediaTypes[one?.split(".").at(-1) ?? ""])
      .find((one) => one !== undefined);
    const type = option("type") ?? (path === undefined ? undefined : (guessed ?? "application/octet-stream"));
    const head = `Content-Disposition: form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}`;
    const typeLine = type === undefined ? "" : `Content-Type: ${type}\r\n`;
    return `--${boundary}\r\n${head}\r\n${typeLine}\r\n${path === undefined ? content : fileNamed(path)}\r\n`;
  });
  return `${parts.join("")}--${boundary}--\r\n`;
}

function fileNamed(name: string): string {
  const content = files[name];
  if (content === undefined) throw new Error(`no file ${name}`);
  return content;
}
