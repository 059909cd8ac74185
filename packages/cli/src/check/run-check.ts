// Runs `deepaas check` and prints what it has found.
import { type CheckedModel, type CheckOptions, checkModel } from "./check-model.ts";
import { checkExitCode, checkJson, checkTable } from "./check-report.ts";

export interface PrintOptions {
  readonly json: boolean;
  readonly strict: boolean;
}

/** Returns the exit code. */
export async function runCheck(
  model: CheckedModel,
  options: Omit<CheckOptions, "onStep">,
  { json, strict }: PrintOptions,
): Promise<0 | 1> {
  const { stderr } = process;
  const showStep = (step: string) => {
    if (stderr.isTTY) stderr.write(`\r\u001b[Kchecking: ${step}`);
  };
  const checked = await checkModel(model, { ...options, onStep: showStep }).finally(() => {
    if (stderr.isTTY) stderr.write("\r\u001b[K");
  });
  process.stdout.write(json ? checkJson(checked) : checkTable(checked));
  return checkExitCode(checked, { strict });
}
