// Texts that a regular expression matches, found by walking through the expression. A text may fail to match where the
// expression has a condition that depends on its neighbours (`\b`): the caller checks it.

/** How often a part is repeated that may be repeated; a part that needs more or allows less has its own limit. */
const repetitions = [1, 0, 2, 4, 8, 16, 32];
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
const alphabet = ["a", "0", "A", "-", "_", ...printable, "é", "α", "ж", "中", "€", "😀", "\t", "\n"];

/** Returns different texts, none for an expression that cannot be read. */
export function patternTexts(pattern: string): readonly string[] {
  try {
    return [...new Set(repetitions.map((count) => new Walk(pattern, count).text()))];
  } catch {
    return [];
  }
}

class Walk {
  readonly #pattern: string;
  readonly #count: number;
  #at = 0;

  constructor(pattern: string, count: number) {
    this.#pattern = pattern;
    this.#count = count;
  }

  /** Throws if the pattern has a part that is not known here. */
  text(): string {
    const text = this.#choice();
    if (this.#at < this.#pattern.length) throw new SyntaxError(`unexpected ${this.#rest()}`);
    return text;
  }

  #rest(): string {
    return this.#pattern.slice(this.#at);
  }

  /** Of several alternatives the first one. */
  #choice(): string {
    const first = this.#sequence();
    while (this.#takes(/^\|/)) this.#sequence();
    return first;
  }

  #sequence(): string {
    let text = "";
    while (this.#at < this.#pattern.length && !/^[|)]/.test(this.#rest())) {
      const part = this.#part();
      text += part.repeat(this.#times());
    }
    return text;
  }

  #part(): string {
    if (this.#takes(/^[$^]/) || this.#takes(/^\\[bB]/)) return "";
    const group = this.#takes(/^\((?:\?:|\?<[A-Za-z_$][\w$]*>)?/);
    if (group) {
      if (this.#rest().startsWith("?")) throw new SyntaxError("a condition");
      const text = this.#choice();
      if (!this.#takes(/^\)/)) throw new SyntaxError("a group without its end");
      return text;
    }
    const literal = this.#takes(/^[^\\[\].*+?{}|()^$]/u);
    if (literal) return literal;
    const set = this.#takes(
      /^(?:\[(?:\\.|[^\]\\])*\]|\\[pPuk]\{[^}]*\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[A-Za-z]|\\.|\.)/su,
    );
    const one = set && characterOf(set);
    if (one === undefined) throw new SyntaxError(`cannot be read: ${this.#rest()}`);
    return one;
  }

  /** How often the part before is repeated. */
  #times(): number {
    const quantifier = this.#takes(/^(?:[*+?]|\{\d+(?:,\d*)?\})\??/);
    if (quantifier === undefined) return 1;
    const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(quantifier) ?? [];
    if (least === undefined) {
      return Math.max(
        quantifier.startsWith("+") ? 1 : 0,
        quantifier.startsWith("?") ? Math.min(1, this.#count) : this.#count,
      );
    }
    if (comma === "") return Number(least);
    return Math.min(Math.max(Number(least), this.#count), most ? Number(most) : Number.POSITIVE_INFINITY);
  }

  #takes(what: RegExp): string | undefined {
    const [found] = what.exec(this.#rest()) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}

/** Returns a character of a class such as `[a-f]`, `\d` or `\p{Lu}`. */
function characterOf(set: string): string | undefined {
  const matcher = new RegExp(`^(?:${set})$`, "u");
  const common = alphabet.find((one) => matcher.test(one));
  if (common !== undefined) return common;
  for (let code = 0; code < 0x3000; code++) {
    const one = String.fromCodePoint(code);
    if (matcher.test(one)) return one;
  }
  return undefined;
}
