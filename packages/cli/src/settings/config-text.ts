// `deepaas run --print-config`: every setting, its value and where it came from.
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { type RunSettings, runSettings } from "./run-settings.ts";
import type { Setting, SettingValue } from "./setting.ts";

export function configText(values: RunSettings, origins: ReadonlyMap<string, string>): string {
  const rows = Object.entries<Setting>(runSettings).map(([name, setting]) => {
    const origin = origins.get(name) ?? "default";
    const value = valueText(setting, (values as Readonly<Record<string, SettingValue>>)[name]);
    return [name, value, origin === "default" ? styled("dim", origin) : origin];
  });
  return table([{ title: "Setting" }, { title: "Value" }, { title: "From" }], rows);
}

/** An object with a value and its origin for each setting. A value that is not set is null; a secret is true if it is set. */
export function configJson(values: RunSettings, origins: ReadonlyMap<string, string>): string {
  const entries = Object.entries<Setting>(runSettings).map(([name, { secret }]) => {
    const value = (values as Readonly<Record<string, SettingValue>>)[name] ?? null;
    return [name, { value: secret ? value !== null : value, from: origins.get(name) ?? "default" }];
  });
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

function valueText({ secret, withoutDefault = "none" }: Setting, value: SettingValue | undefined): string {
  if (value === undefined || (typeof value === "object" && value.length === 0))
    return `(${withoutDefault.replaceAll("`", "")})`;
  if (secret) return "(hidden)";
  return typeof value === "object" ? value.join(", ") : JSON.stringify(value);
}
