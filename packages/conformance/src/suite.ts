// A suite is a list of cases that cite requirements, for any test runner.

/** Something that an implementation must do. Ids are stable. */
export interface Requirement<Id extends string = string> {
  readonly id: Id;
  readonly text: string;
}

export interface Case {
  /** The tested behaviour, as a sentence. */
  readonly title: string;
  /** The ids of the requirements that it checks. */
  readonly cites: readonly string[];
  /** Why the case is skipped for this implementation. Absent: it is run. */
  readonly skip?: string;
  /** Makes its own subject, checks it and closes it. Rejects if the check fails. */
  readonly run: () => Promise<void>;
}

export interface SuiteOptions<Capability extends string> {
  /** What the implementation cannot do, and why. Every case that needs it is skipped with that reason. */
  readonly lacks?: Readonly<Partial<Record<Capability, string>>>;
  /** Time limit of each case in milliseconds. A case that takes longer fails. Default 15,000. */
  readonly timeoutMs?: number;
}

/** A case without its subject. */
export interface CaseDraft<Id extends string, Capability extends string> {
  readonly title: string;
  readonly cites: readonly [Id, ...Id[]];
  readonly needs?: readonly Capability[];
}

const defaultCaseTimeoutMs = 15_000;

/** `open` is called for each run of a case and makes its subject. */
export function casesFrom<D extends CaseDraft<string, Capability>, Capability extends string>(
  drafts: readonly D[],
  open: (draft: D) => Promise<{ run(): Promise<void>; close(): Promise<void> }>,
  options: SuiteOptions<Capability> = {},
): readonly Case[] {
  return drafts.map((draft): Case => {
    const { title, cites, needs = [] } = draft;
    const skip = needs.flatMap((capability) => options.lacks?.[capability] ?? [])[0];
    const limit = { what: title, ms: options.timeoutMs ?? defaultCaseTimeoutMs };
    const run = async () => {
      const subject = await open(draft);
      try {
        await withinTime(subject.run(), limit);
      } finally {
        await withinTime(subject.close(), limit);
      }
    };
    return { title, cites, ...(skip !== undefined && { skip }), run };
  });
}

/** Returns the ids of the requirements that no case cites. */
export function uncited(suite: readonly Case[], requirements: readonly Requirement[]): readonly string[] {
  const cited = new Set(suite.flatMap(({ cites }) => cites));
  return requirements.map(({ id }) => id).filter((id) => !cited.has(id));
}

/** Settles as `work`, or rejects with the name of the work if it takes longer than `limit.ms`. */
export async function withinTime<T>(
  work: Promise<T>,
  limit: { readonly what: string; readonly ms: number },
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Timed out after ${limit.ms} ms: ${limit.what}`)), limit.ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
