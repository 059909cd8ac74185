import { useEffect, useRef, useState } from "preact/hooks";
import { goTo, linkTo, type View } from "../routing/router.ts";
import { type ChartSettings, queryOf, settingsFrom } from "./settings.ts";

/** Browsers allow some hundred changes of the address in half a minute. */
const writeAfterMs = 250;

/** Returns the settings that the address of the view has, and a function that changes them and the address. */
export function useChartSettings({ segments, query }: View) {
  const text = query.toString();
  const [settings, setSettings] = useState(() => settingsFrom(query));
  const written = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (written.current === text) return;
    written.current = text;
    setSettings(settingsFrom(query));
  }, [text, query]);
  const change = (changed: Partial<ChartSettings>) => {
    const next = { ...settings, ...changed };
    if (next.from !== undefined && next.to !== undefined && next.from >= next.to) return;
    setSettings(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const link = linkTo(segments, { run: query.getAll("run"), ...queryOf(next) });
      written.current = new URLSearchParams(link.split("?")[1] ?? "").toString();
      goTo(link, { replace: true });
    }, writeAfterMs);
  };
  return [settings, change] as const;
}
