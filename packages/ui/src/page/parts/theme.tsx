import { effect, signal } from "@preact/signals";

type Theme = "system" | "light" | "dark";

const key = "deepaas-theme";
const themes: readonly Theme[] = ["system", "light", "dark"];
const kept = storage()?.getItem(key);
export const theme = signal<Theme>(themes.find((one) => one === kept) ?? "system");

effect(() => {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  storage()?.setItem(key, theme.value);
});

/** Undefined where the browser keeps nothing for this page. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

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
