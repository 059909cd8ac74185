// `deepaas bench`: how many calls a model answers, and how quickly.
import type { JsonObject } from "@deepaas/core";
import { Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../cli-error.ts";
import { clientSettings } from "../settings/client-settings.ts";
import { addLocalModel, localCommand } from "./local-model.ts";
import { countFrom, jsonObject, secondsOption } from "./option-values.ts";

interface BenchOptions {
  readonly callers: readonly number[];
  readonly seconds: number;
  readonly args?: JsonObject;
  readonly url?: string;
  readonly token?: string;
  readonly workers: number;
  readonly inline?: true;
  readonly svg?: string;
}

export function benchCommand(): Command {
  const command = new Command("bench").description("measure how many calls a model answers, and how quickly");
  addLocalModel(command, "; with --url the name of a served model")
    .addOption(
      new Option("--callers <numbers>", "callers at the same time, one measurement each")
        .argParser(numbers)
        .default([1, 4, 16, 64], "1,4,16,64"),
    )
    .addOption(secondsOption("--seconds <seconds>", "time of each measurement", 3))
    .option(
      "--args <json>",
      "JSON of the arguments of predict, or @ and a file of it, instead of generated ones",
      jsonObject,
    )
    .addOption(new Option("--workers <number>", "processes that predict").argParser(countFrom).default(1))
    .addOption(new Option("--inline", "run the model in the process of the server").conflicts("workers"))
    .addOption(
      new Option("--url <url>", "measure a running server instead").argParser(baseUrl).conflicts(["workers", "inline"]),
    )
    .addOption(new Option("--token <token>", `${clientSettings.token.help} of --url`).env(clientSettings.token.env))
    .option("--svg <file>", "write a plot to a file");
  return command.action(async (given: string | undefined) => {
    const { values, chooseModel } = await localCommand(command, given);
    const { callers, seconds: ms, args, url, token, workers, inline = false, svg } = command.opts<BenchOptions>();
    if (url !== undefined && given === undefined) {
      throw new CliError("invalid_args", "--url needs the name of a model", { hint: "deepaas bench NAME --url URL" });
    }
    const target =
      url === undefined ? { ...(await chooseModel()), workers, inline } : { name: given as string, url, token };
    const { runBench } = await import("../bench/run-bench.ts");
    process.exitCode = await runBench(target, { callers, ms, args }, { json: values.json, svg });
  });
}

function numbers(text: string): readonly number[] {
  return [...new Set(text.split(",").map((one) => countFrom(one.trim())))];
}

function baseUrl(text: string): string {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError("Must be a URL, such as http://127.0.0.1:5000.");
  }
  const { origin, pathname } = new URL(text);
  return origin + pathname.replace(/\/+$/, "");
}
