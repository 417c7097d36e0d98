import { readFileSync } from "node:fs";

/** @returns the most memory that this process has held at once, MB of 2^20 bytes */
export function peakMemoryMb(): number {
  const kilobytes = highWaterMark() ?? process.resourceUsage().maxRSS;
  return kilobytes / 1024;
}

/** Linux keeps it per program; `maxRSS` also counts the process that this one was forked from. */
function highWaterMark(): number | undefined {
  try {
    const line = readFileSync("/proc/self/status", "utf8").match(/^VmHWM:\s+(\d+)/m);
    return line === null ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}
