/** One line of `deepaas doctor`. */
export interface Finding {
  readonly what: string;
  readonly level: "ok" | "warning" | "error";
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

export type Fault = Omit<Finding, "what">;

export const ok = (text: string): Fault => ({ level: "ok", text });
export const warning = (text: string, advice: string): Fault => ({ level: "warning", text, advice });
export const error = (text: string, advice: string): Fault => ({ level: "error", text, advice });

/** A list that is empty unless there is the fault. */
export const faultIf = (isThere: boolean, fault: Fault): readonly Fault[] => (isThere ? [fault] : []);

/** Names what they are about. */
export function findingsOf(what: string, faults: readonly Fault[]): readonly Finding[] {
  return faults.map((fault) => ({ what, ...fault }));
}
