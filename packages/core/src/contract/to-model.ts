// Turns an author's export into a model: instantiates a class, takes the default export of a module.
import { errorText } from "./error.ts";
import type { Model } from "./model.ts";

const members = ["predict", "predictBatch", "predictStream", "train"] as const;
const methods = [
  ...members,
  ...(["getMetadata", "getPredictArgs", "getTrainArgs", "warm", "reload", "close"] as const),
] as const satisfies readonly (keyof Model)[];
const allMembers = [...methods, "schema", "resume"] as const satisfies readonly (keyof Model)[];

/** A member of a model that is misspelt or has the wrong type. */
class MemberFault extends TypeError {
  /** The name that the author gave it. */
  readonly member: string;

  constructor(member: string, message: string) {
    super(message);
    this.member = member;
  }
}

/** Throws a TypeError with one line of text if `exported` cannot be served; it has a `member` if one is at fault. */
export function toModel(exported: unknown): Model {
  if (typeof exported === "function") {
    return toModel(instanceOf(exported as new () => unknown));
  }
  if (typeof exported !== "object" || exported === null) {
    throw new TypeError(
      `a model must be an object, a class or a module, not ${exported === null ? "null" : typeof exported}`,
    );
  }
  const isModel = members.some((member) => typeof (exported as Model)[member] === "function");
  if (!isModel && "default" in exported) return toModel(exported.default);
  const [typo] = misspeltMembers(exported);
  if (typo) throw new MemberFault(typo.name, `it has ${typo.name}: did you mean ${typo.member}?`);
  for (const member of methods) {
    const value: unknown = (exported as Model)[member];
    if (value === undefined || value === null || typeof value === "function") continue;
    throw new MemberFault(member, `its ${member} must be a function, not ${typeof value}`);
  }
  if (isModel) return exported as Model;
  throw new TypeError(`it has none of ${members.join(", ")}${hintFor(exported)}`);
}

/** The model of a module may be an ordinary export. */
function hintFor(exported: object): string {
  const names = Object.entries(exported).filter(([, value]) => looksLikeModel(value));
  const [only] = names;
  return only && names.length === 1 ? `; did you mean \`export default ${only[0]}\`?` : "";
}

function looksLikeModel(value: unknown): boolean {
  const target = typeof value === "function" ? (value.prototype as unknown) : value;
  return typeof target === "object" && target !== null && members.some((member) => member in target);
}

/** Members that the model lacks, beside a name that differs in one letter, or only in case or underscores. */
function misspeltMembers(model: object): readonly { readonly name: string; readonly member: string }[] {
  const names = namesOf(model);
  return allMembers
    .filter((member) => !(member in model))
    .flatMap((member) => names.filter((name) => isNear(name, member)).map((name) => ({ name, member })));
}

function namesOf(model: object): readonly string[] {
  const names: string[] = [];
  for (let at: unknown = model; typeof at === "object" && at !== null && at !== Object.prototype; ) {
    names.push(...Object.getOwnPropertyNames(at));
    at = Object.getPrototypeOf(at) as unknown;
  }
  return names.filter((name) => name !== "constructor" && !(allMembers as readonly string[]).includes(name));
}

function isNear(name: string, member: string): boolean {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  if (plain(name) === plain(member)) return true;
  if (Math.abs(name.length - member.length) > 1) return false;
  let start = 0;
  while (start < name.length && name[start] === member[start]) start++;
  let end = 0;
  while (end < Math.min(name.length, member.length) - start && name.at(-1 - end) === member.at(-1 - end)) end++;
  const [given, meant] = [name.slice(start, name.length - end), member.slice(start, member.length - end)];
  const isSwap = given.length === 2 && meant.length === 2 && given[0] === meant[1] && given[1] === meant[0];
  return isSwap || (given.length <= 1 && meant.length <= 1);
}

function instanceOf(exported: new () => unknown): unknown {
  try {
    return Reflect.construct(exported, []);
  } catch (error) {
    throw new TypeError(`its constructor failed: ${errorText(error)}`, { cause: error });
  }
}
