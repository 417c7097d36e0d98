import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { takeLock } from "./run-lock.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

async function withLockFile(test: (path: string) => void | Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "lock");
  await test(path);
  expect(await readdir(folder.path)).toEqual(existsSync(path) ? ["lock"] : []);
}

/** @returns the number of a process that has ended */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
}

const owner = (pid: number, changed: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({ pid, host: hostname(), started: null, ...changed });

describe("takeLock", () => {
  it("is taken by one at a time, and free again afterwards", () =>
    withLockFile((path) => {
      const free = takeLock(path);
      expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
      expect(() => takeLock(path)).toThrow(`held by process ${process.pid}`);
      free();
      expect(existsSync(path)).toBe(false);
      takeLock(path)();
    }));

  it("is refused while another process lives", () =>
    withLockFile(async (path) => {
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
      writeFileSync(path, owner(child.pid!));
      expect(() => takeLock(path)).toThrow(`held by process ${child.pid}`);
      child.kill("SIGKILL");
      await new Promise((resolve) => child.on("close", resolve));
      takeLock(path)();
    }));

  it.each([
    ["a process that is gone", () => owner(deadPid())],
    ["this process's number before a restart", () => owner(process.pid)],
    ["an empty file of a full disk", () => ""],
    ["something else", () => "{}"],
  ])("is taken over from %s", (_, content) =>
    withLockFile((path) => {
      writeFileSync(path, content());
      takeLock(path)();
    }),
  );

  it.skipIf(process.platform !== "linux")(
    "is taken over where the number now belongs to a later process",
    () =>
      withLockFile((path) => {
        writeFileSync(path, owner(process.ppid, { started: "another boot 1" }));
        takeLock(path)();
      }),
  );

  it("is refused for another machine, whose processes cannot be seen", () =>
    withLockFile((path) => {
      writeFileSync(path, owner(1, { host: `not-${hostname()}` }));
      expect(() => takeLock(path)).toThrow(`not-${hostname()}`);
    }));
});
