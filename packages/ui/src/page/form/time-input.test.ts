import { expect, test } from "vitest";
import { textOfTimeInput, timeInputOf } from "./time-input.ts";

test.each([
  ["date", "2026-11-22", "date", "2026-11-22"],
  ["date", "", "date", ""],
  ["date", "soon", "text", "soon"],
  ["iso-time", "10:00", "time", "10:00"],
  ["iso-time", "10:00+02:00", "text", "10:00+02:00"],
  ["time", "10:00:00Z", "time", "10:00:00"],
  ["iso-date-time", "2026-11-22T10:00", "datetime-local", "2026-11-22T10:00"],
  ["iso-date-time", "2026-11-22T10:00:00Z", "text", "2026-11-22T10:00:00Z"],
  ["date-time", "", "datetime-local", ""],
  ["date-time", "2026-11-22T10:00:00", "text", "2026-11-22T10:00:00"],
  ["date-time", "soon", "text", "soon"],
  ["email", "a", "text", "a"],
])("the input of %s for %j", (format, text, type, value) => {
  expect(timeInputOf(format, text)).toEqual({ type, value });
});

test("a date and time with a zone is shown in local time and kept as the same point of time", () => {
  const { type, value } = timeInputOf("date-time", "2026-11-22T10:00:00+02:00");
  expect(type).toBe("datetime-local");
  expect(textOfTimeInput("date-time", value)).toBe("2026-11-22T08:00:00.000Z");
});

test("a time has the zone that its format needs", () => {
  expect(textOfTimeInput("time", "10:00")).toBe("10:00:00Z");
  expect(textOfTimeInput("iso-time", "10:00")).toBe("10:00");
  expect(textOfTimeInput("time", "")).toBe("");
});
