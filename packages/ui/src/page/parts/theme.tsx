import { effect, signal } from "@preact/signals";
import { allowed } from "../service/browser-storage.ts";

type Theme = "system" | "light" | "dark";

const storage = allowed(() => localStorage);
const key = "deepaas-theme";
const themes: readonly Theme[] = ["system", "light", "dark"];
const kept = storage?.getItem(key);
export const theme = signal<Theme>(themes.find((one) => one === kept) ?? "system");

effect(() => {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  storage?.setItem(key, theme.value);
});

export function ThemeSelect() {
  return (
    <label>
      <span class="visually-hidden">Theme</span>
      <select
        class="select small"
        value={theme.value}
        onChange={({ currentTarget }) => {
          theme.value = currentTarget.value as Theme;
        }}
      >
        <option value="system">System theme</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
