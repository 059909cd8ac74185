// `deepaas check`: what is wrong with a model, before anyone serves it.
import type { JsonObject } from "@deepaas/core";
import { Command } from "commander";
import { addLocalModel, localCommand } from "./local-model.ts";
import { jsonObject, secondsOption } from "./option-values.ts";

interface CheckOptions {
  readonly args?: JsonObject;
  readonly trainArgs?: JsonObject;
  readonly timeout: number;
  readonly predict: boolean;
  readonly train: boolean;
  readonly strict?: true;
}

export function checkCommand(): Command {
  const command = new Command("check").description("find what is wrong with a model, before it is served");
  addLocalModel(command)
    .option(
      "--args <json>",
      "JSON of the arguments of predict, or @ and a file of it, instead of generated ones",
      jsonObject,
    )
    .option("--train-args <json>", "the same for train", jsonObject)
    .addOption(secondsOption("--timeout <seconds>", "time limit of each step", 60))
    .option("--no-predict", "do not call predict")
    .option("--no-train", "do not start a training")
    .option("--strict", "warnings are errors");
  return command.action(async (given: string | undefined) => {
    const { values, chooseModel } = await localCommand(command, given);
    const { args, trainArgs, timeout, predict, train, strict = false } = command.opts<CheckOptions>();
    const { runCheck } = await import("../check/run-check.ts");
    const options = { args, trainArgs, timeoutMs: Math.ceil(timeout), predict, train };
    process.exitCode = await runCheck(await chooseModel(), options, { json: values.json, strict });
  });
}
