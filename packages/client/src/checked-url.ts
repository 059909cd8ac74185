/** Returns the URL without slashes at its end. Throws a TypeError that starts with `caller` if its scheme is another one. */
export function checkedUrl(caller: string, url: string | URL, schemes: readonly string[]): string {
  const text = String(url).replace(/\/+$/, "");
  if (schemes.some((scheme) => text.toLowerCase().startsWith(`${scheme}//`)) && URL.canParse(text)) return text;
  const [scheme] = schemes;
  const hint = URL.canParse(`${scheme}//${text}`) ? `; did you mean ${JSON.stringify(`${scheme}//${text}`)}?` : "";
  throw new TypeError(
    `${caller}: the URL must start with ${schemes.map((one) => `${one}//`).join(" or ")}, not ${JSON.stringify(text)}${hint}`,
  );
}
