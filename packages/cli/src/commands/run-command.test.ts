// From the arguments of `deepaas run` and its environment to the settings with which models are run.
import { CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CliError } from "../cli-error.ts";
import type { ModelSource } from "../models/model-source.ts";
import { runModels } from "../serve/run-models.ts";
import { type RunSettings, runSettings } from "../settings/run-settings.ts";
import type { Setting } from "../settings/setting.ts";
import { runCommand } from "./run-command.ts";

vi.mock("../serve/run-models.ts", () => ({ runModels: vi.fn(async () => {}) }));

const settings: Readonly<Record<string, Setting>> = runSettings;

beforeEach(() => {
  for (const { env } of Object.values(settings)) vi.stubEnv(env, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.mocked(runModels).mockClear();
});

/** Runs the command and returns what it gave to `runModels`. */
async function parsed(
  ...args: readonly string[]
): Promise<{ models: ReadonlyMap<string, ModelSource>; settings: RunSettings }> {
  let output = "";
  const write = (text: string) => {
    output += text;
  };
  const command = runCommand().exitOverride().configureOutput({ writeErr: write, writeOut: write });
  await command.parseAsync([...args], { from: "user" }).catch((error: unknown) => {
    if (error instanceof CommanderError) throw Object.assign(error, { output });
    throw error;
  });
  const [models = new Map(), given] = vi.mocked(runModels).mock.lastCall ?? [];
  return { models, settings: given as RunSettings };
}
const failure = (...args: readonly string[]) =>
  parsed(...args).then(
    () => undefined,
    (error: unknown) => error as Error & { output?: string },
  );

describe("settings", () => {
  test("are the defaults without options and environment", async () => {
    const { models, settings: given } = await parsed("a.ts", "b=b.ts");
    expect([...models]).toEqual([
      ["a", "a.ts"],
      ["b", "b.ts"],
    ]);
    for (const [name, { default: value }] of Object.entries(settings)) {
      if (value !== undefined) expect([name, given[name as keyof RunSettings]]).toEqual([name, value]);
    }
  });

  test("are those of the environment, and of the command line before it", async () => {
    vi.stubEnv("DEEPAAS_LISTEN_PORT", "6000");
    vi.stubEnv("DEEPAAS_DRAIN_SECONDS", "7");
    const { settings: given } = await parsed("a.ts", "--listen-port", "7000");
    expect([given.listenPort, given.drainSeconds]).toEqual([7_000, 7]);
    // Also if the command line says what is the default.
    expect((await parsed("a.ts", "--listen-port", "5000")).settings.listenPort).toBe(5_000);
  });

  test("of a list are all that were given, without the default", async () => {
    const { settings: given } = await parsed("a.ts", "--allow-host", "a.org", "--allow-host", "b.org:1");
    expect(given.allowHost).toEqual(["a.org", "b.org:1"]);
    // A second command begins anew.
    expect((await parsed("a.ts", "--allow-host", "c.org")).settings.allowHost).toEqual(["c.org"]);
  });

  test("of a switch are true or false", async () => {
    expect((await parsed("a.ts", "--insecure")).settings.insecure).toBe(true);
    expect((await parsed("a.ts")).settings.insecure).toBe(false);
    expect((await parsed("a.ts", "--no-store")).settings.store).toBe("memory");
    expect((await parsed("a.ts")).settings.store).toBe("sqlite");
  });

  test("that are malformed are refused, and nothing is run", async () => {
    expect(await failure("a.ts", "--listen-port", "x")).toMatchObject({ code: "commander.invalidArgument" });
    expect((await failure("a.ts", "--listen-port", "70000"))?.message).toContain("65535");
    expect(await failure("a.ts", "--no-such-option")).toMatchObject({ code: "commander.unknownOption" });
    expect(await failure("a.ts", "--log-level", "loud")).toMatchObject({ code: "commander.invalidArgument" });
    vi.stubEnv("DEEPAAS_LISTEN_PORT", "x");
    const error = await failure("a.ts");
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ code: "invalid_args", message: expect.stringContaining("DEEPAAS_LISTEN_PORT") });
    expect(runModels).not.toHaveBeenCalled();
  });
});

describe("settings that exclude each other", () => {
  /** Each pair, with how both are said on the command line and in the environment. */
  const said = ({ flag, type, choices, withoutFlag, default: value }: Setting) => {
    const [name = ""] = flag.split(" ");
    if (type === "boolean") return { args: [name], env: flag.startsWith("--no-") ? "false" : "true" };
    const example = type === "integer" || type === "number" ? "3" : "x";
    const text = withoutFlag ?? choices?.find((choice) => choice !== value) ?? example;
    return { args: [name, text], env: text };
  };
  const pairs = Object.entries(settings).flatMap(([name, { conflicts = [] }]) =>
    conflicts.map((other) => [name, other] as const),
  );

  test("exist", () => expect(pairs.length).toBeGreaterThan(0));

  test.each(pairs)(
    "%s and %s are refused from any source that says what is to be used, and each alone is taken",
    async (name, other) => {
      const [one, two] = [settings[name] as Setting, settings[other] as Setting];
      const hint = one.conflictHint;
      expect(await failure("a.ts", ...said(one).args, ...said(two).args)).toMatchObject(
        hint === undefined ? { code: "commander.conflictingOption" } : { code: "invalid_args", hint },
      );
      expect(await failure("a.ts", ...said(one).args)).toBeUndefined();
      expect(await failure("a.ts", ...said(two).args)).toBeUndefined();
      vi.stubEnv(two.env, said(two).env);
      const error = await failure("a.ts", ...said(one).args);
      if (two.mayBeUnused) {
        expect(error).toBeUndefined();
        return;
      }
      expect(error).toBeInstanceOf(CliError);
      expect(error?.message).toBe(
        `${one.flag} (${one.env}) cannot be used with ${two.flag.split(" ")[0]} (${two.env})`,
      );
      vi.stubEnv(one.env, said(one).env);
      expect(await failure("a.ts")).toMatchObject({ code: "invalid_args" });
    },
  );
});

describe("help", () => {
  test("names each option with its default and its variable; a secret's value is not shown", async () => {
    const help = (await failure("--help"))?.output ?? "";
    const text = help.replace(/\s+/g, " ");
    for (const { flag, env, help: line } of Object.values<Setting>(settings)) {
      if (flag === "") continue;
      expect(text).toContain(flag);
      expect(text).toContain(line);
      expect(text).toContain(`[${env}]`);
    }
    expect(text).toContain("serve models until SIGINT or SIGTERM");
    expect(text).toContain("(default: 5000)");
    expect(text).not.toContain("(default: undefined)");
  });
});
