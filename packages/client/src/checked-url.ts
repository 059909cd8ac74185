/** Returns the URL without slashes at its end. Throws a TypeError that starts with `caller` if it has no scheme of a server. */
export function checkedUrl(caller: string, url: string | URL): string {
  const text = String(url).replace(/\/+$/, "");
  if (/^(http|ws)s?:\/\/./i.test(text)) return text;
  throw new TypeError(`${caller}: ${text} must start with http://`);
}
