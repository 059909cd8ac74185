/** Uses so much CPU time of this thread. */
export function burn(ms: number): void {
  if (ms === 0) return;
  const before = process.threadCpuUsage();
  for (;;) {
    const { user, system } = process.threadCpuUsage(before);
    if (user + system >= ms * 1000) return;
  }
}
