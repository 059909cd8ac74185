// What every suite of this package is: a list of cases that cite requirements, for any test runner.

/** Something that an implementation must do. Ids are stable; reports and skips speak of them. */
export interface Requirement<Id extends string = string> {
  readonly id: Id;
  readonly text: string;
}

export interface Case {
  /** The behaviour, as a sentence. */
  readonly title: string;
  /** The requirements that it checks. */
  readonly cites: readonly string[];
  /** Why the implementation at hand cannot be asked this; absent: it runs. */
  readonly skip?: string;
  /** Makes its own subject, checks, and closes it. Rejects when the behaviour is another. */
  readonly run: () => Promise<void>;
}

export interface SuiteOptions<Capability extends string> {
  /** What the implementation cannot do, and why: every case that needs it is skipped with that reason. */
  readonly lacks?: Readonly<Partial<Record<Capability, string>>>;
  /** After it a case that has not ended fails, in milliseconds: a limit against hanging. Default 15,000. */
  readonly timeoutMs?: number;
}

/** What is known of a case before it has a subject. */
export interface CaseDraft<Id extends string, Capability extends string> {
  readonly title: string;
  readonly cites: readonly [Id, ...Id[]];
  readonly needs?: readonly Capability[];
}

const defaultCaseTimeoutMs = 15_000;

/** `open` makes the subject of one run of a draft's case. */
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

/** The ids of the requirements that no case cites: a test of the suite expects none. */
export function uncited(suite: readonly Case[], requirements: readonly Requirement[]): readonly string[] {
  const cited = new Set(suite.flatMap(({ cites }) => cites));
  return requirements.map(({ id }) => id).filter((id) => !cited.has(id));
}

/** What `work` gives; rejects, naming it, when that takes longer: a test that hangs must fail by itself. */
export async function withinTime<T>(
  work: Promise<T>,
  limit: { readonly what: string; readonly ms: number },
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`It hangs (${limit.ms} ms): ${limit.what}`)), limit.ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
