import { describe, expect, test } from "vitest";
import { logLevelsFrom } from "./log-levels.ts";
import { runSettings } from "./run-settings.ts";
import { parseSetting } from "./setting.ts";

const parse = (text: string) => parseSetting(runSettings.logLevel, text) as string;

describe("--log-level", () => {
  test.each([
    ["warn", { level: "warn", parts: {} }],
    ["info,workers=debug,ws=silent", { level: "info", parts: { workers: "debug", ws: "silent" } }],
    ["workers=debug", { level: "info", parts: { workers: "debug" } }],
    ["WARNING,rest=CRITICAL", { level: "warn", parts: { rest: "fatal" } }],
    ["info, ws=debug", { level: "info", parts: { ws: "debug" } }],
    ["debug,info,ws=warn,ws=error", { level: "info", parts: { ws: "error" } }],
  ])("%s", (text, levels) => {
    expect(logLevelsFrom(parse(text))).toEqual(levels);
  });

  test.each(["loud", "", "info,", "worker=debug", "workers=loud", "workers", "info workers=debug", "=info"])(
    "%j is refused with the names of the levels and the parts",
    (text) => {
      expect(() => parse(text)).toThrow(
        "Must be one of trace, debug, info, warn, error, fatal, silent, or a list such as info,workers=debug with levels of the parts auth, host, queue, rest, server, workers, ws.",
      );
    },
  );
});
