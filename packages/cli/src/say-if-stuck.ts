export interface Start {
  /** What is waited for from now on. */
  waitFor(step: string): void;
  done(): void;
}

/**
 * A module that awaits what never comes leaves Node nothing to do, and the process would end without a word. This says
 * where it was, and makes it a failure.
 */
export function sayIfStuck(): Start {
  let step = "";
  const say = (code: number) => {
    // 13: Node's own code for an `await` that never ends. Any other failure has been told.
    if (code !== 0 && code !== 13) return;
    process.stderr.write(`deepaas: ${step} never came to an end: it awaits what nothing is left to bring\n`);
    process.exitCode = 1;
  };
  process.once("exit", say);
  return {
    waitFor(next) {
      step = next;
    },
    done: () => process.off("exit", say),
  };
}
