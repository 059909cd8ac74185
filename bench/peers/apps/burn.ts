/** Uses so much CPU time. The clock is that of the process: on Linux that of a thread may go in steps of 4 ms. */
export function burn(ms: number): void {
  if (ms === 0) return;
  const before = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(before);
    if (user + system >= ms * 1000) return;
  }
}
