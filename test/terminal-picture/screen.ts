// A terminal without a window: what a program has written, as text and as a picture.
import { stripVTControlCharacters } from "node:util";
import { type IPty, spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";

const columns = 100;
const rows = 34;
/** For each step; an installation is the longest one. */
const limitMs = 120_000;

export interface Screen {
  /** Types a line, as a person does. */
  type(line: string): void;
  /** Resolves when `pattern` is in what was written after the last line that was typed, without control codes. */
  until(pattern: RegExp): Promise<void>;
  /** What is on the screen, as a picture in SVG. */
  picture(): string;
  end(): void;
}

/** A shell with a short prompt. */
export function openScreen(folder: string, env: NodeJS.ProcessEnv): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1_000 });
  const set = Object.fromEntries(
    Object.entries({ ...env, TERM: "xterm-256color", PS1: "$ " }).filter(([, value]) => value !== undefined),
  );
  const shell: IPty = spawn("bash", ["--norc", "--noprofile"], { cols: columns, rows, cwd: folder, env: set });
  let written = "";
  let look = () => {};
  shell.onData((data) => {
    written += data;
    terminal.write(data, () => look());
  });
  return {
    type(line) {
      written = "";
      shell.write(`${line}\r`);
    },
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error(`no ${pattern} in ${written}`)), limitMs);
        look = () => {
          if (!pattern.test(stripVTControlCharacters(written).replaceAll("\r", ""))) return;
          look = () => {};
          clearTimeout(limit);
          resolve();
        };
        look();
      }),
    picture: () => svgOf(terminal),
    end: () => shell.kill(),
  };
}

/** The 16 colours of the terminal, light enough for a dark ground. */
const palette = ["#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9"];
const cell = { width: 8.4, height: 18 };
const margin = 16;

function svgOf(terminal: InstanceType<typeof xterm.Terminal>): string {
  const buffer = terminal.buffer.active;
  const lines = Array.from({ length: buffer.length }, (_, y) => spansOf(terminal, y));
  while (lines.at(-1) === "") lines.pop();
  const width = Math.ceil(columns * cell.width) + 2 * margin;
  const height = lines.length * cell.height + 2 * margin;
  const text = lines.map((line, y) =>
    line === "" ? "" : `<text y="${margin + (y + 0.8) * cell.height}">${line}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    "<title>The first minute with deepaas, on a terminal</title>",
    `<rect width="${width}" height="${height}" rx="8" fill="#1e2127"/>`,
    `<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#d8dee9">`,
    ...text.filter((line) => line !== ""),
    "</g></svg>\n",
  ].join("\n");
}

/** One element for each run of cells with one style. Its length is set, so that every font keeps the columns. */
function spansOf(terminal: InstanceType<typeof xterm.Terminal>, y: number): string {
  const line = terminal.buffer.active.getLine(y);
  const spans: { text: string; style: string; x: number }[] = [];
  const used = line?.translateToString(true).length ?? 0;
  for (let x = 0; x < used; x++) {
    const at = line?.getCell(x);
    if (!at || at.getWidth() === 0) continue;
    const colour = at.isFgPalette() ? palette[at.getFgColor() % 8] : undefined;
    const style = [
      colour === undefined ? "" : ` fill="${colour}"`,
      at.isBold() ? ' font-weight="bold"' : "",
      at.isDim() ? ' opacity="0.5"' : "",
    ].join("");
    const last = spans.at(-1);
    const text = at.getChars() || " ";
    if (last?.style === style) last.text += text;
    else spans.push({ text, style, x });
  }
  return spans
    .filter(({ text }) => text.trim() !== "")
    .map(({ text, style, x }) => {
      const start = (margin + (x + text.length - text.trimStart().length) * cell.width).toFixed(1);
      const shown = text.trim();
      const length = (shown.length * cell.width).toFixed(1);
      return `<tspan x="${start}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${style}>${escaped(shown)}</tspan>`;
    })
    .join("");
}

/** Several spaces would become one. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(" ", "\u00A0");
}
