// What `deepaas check` asks the process in which it looks at a model, and the answers.
import type { JsonValue } from "@deepaas/core";
import type { ModelDeclaration } from "@deepaas/core/ports";
import type { PackedArgs } from "./packed-args.ts";

export interface Measured {
  readonly ms: number;
  /** User and system time of the process, with all its threads. */
  readonly cpuMs: number;
  /** Memory of the process afterwards. */
  readonly rssBytes: number;
}

/** A fault in what an author wrote. `pointer` is a JSON Pointer in the member, or empty. */
export interface MemberFault {
  readonly member: string;
  readonly pointer: string;
  readonly message: string;
}

export interface Declared {
  /** Without the members and fields that are at fault. */
  readonly declaration: ModelDeclaration;
  readonly faults: readonly MemberFault[];
  /** The optional members that the model has. */
  readonly members: readonly string[];
  readonly metadata: JsonValue;
}

export interface IsolationReply {
  /** The two calls returned different results. */
  readonly differs: boolean;
  /** Two equal calls returned the same. */
  readonly repeats: boolean;
  /** What a call returned depended on another one that ran at the same time. */
  readonly mixes: boolean;
  /** The text of another call was in a result. */
  readonly leaks: boolean;
  /** The JSON Pointer of an argument that the model changed. */
  readonly changed: string | undefined;
}

/** Which of these arguments the model accepts. */
export interface ChoiceQuestion {
  readonly bases: readonly PackedArgs[];
}

export interface Questions {
  readonly choose: ChoiceQuestion;
  readonly import: { readonly path: string };
  readonly warm: Readonly<Record<never, never>>;
  readonly declare: Readonly<Record<never, never>>;
  readonly isolate: IsolationQuestion;
}

export interface IsolationQuestion {
  /** Of the module. */
  readonly path: string;
  readonly first: PackedArgs;
  readonly second: PackedArgs;
  /** Texts that only one of the two calls has. Absent: no argument can be any text. */
  readonly marks?: { readonly first: string; readonly second: string };
}

export interface Answers {
  /** The first one that the model does not refuse, or 0. */
  readonly choose: { readonly index: number };
  readonly import: Measured;
  readonly warm: Measured & { readonly has: boolean };
  readonly declare: Declared;
  readonly isolate: IsolationReply;
}

export type Question = {
  readonly [K in keyof Questions]: { readonly ask: K } & Questions[K];
}[keyof Questions];

export type Answer =
  | { readonly ok: true; readonly value: Answers[keyof Answers] }
  | { readonly ok: false; readonly fault: MemberFault };

/** The exit code if the model awaits a promise that nothing can settle: the one of Node.js for a top-level await. */
export const neverSettles = 13;

/** A pipe that the command holds open as long as it lives. */
export const lifelineFd = 4;
