import { readFile } from 'node:fs/promises';

/** The most bytes that this process has had in memory. `resourceUsage` also counts its parent's, so Linux is asked first. */
export async function readPeakRss(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(kilobytes) * 1024;
}
