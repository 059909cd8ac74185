/** The progress of the start. */
export interface Startup {
  /** Names the step that is awaited from now on. */
  setStep(step: string): void;
  /** The start is complete. */
  done(): void;
}

/**
 * If a module awaits a promise that nothing can settle, Node.js has no work left and exits silently. This writes the current
 * step to stderr and sets the exit code 1.
 */
export function exitIfNeverReady(): Startup {
  let step = "";
  const report = (code: number) => {
    // 13 is Node's exit code for an unsettled top-level await. For any other failure an error was already written.
    if (code !== 0 && code !== 13) return;
    process.stderr.write(`deepaas: ${step} never finished loading: a top-level await is never settled\n`);
    process.exitCode = 1;
  };
  process.once("exit", report);
  return {
    setStep(next) {
      step = next;
    },
    done: () => process.off("exit", report),
  };
}
