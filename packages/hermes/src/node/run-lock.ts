import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { UserError } from "../errors.js";
import { writeFailure } from "./write-file-atomic.js";

const ownerSchema = z.strictObject({
  pid: z.number().int().positive(),
  host: z.string(),
  /** Tells this process from a later one with the same number; `null` where the system does not say. */
  started: z.string().nullable(),
});
type Owner = z.output<typeof ownerSchema>;

const ATTEMPTS = 5;

/** Folders held by this process: its own number in a lock file alone could be that of a process before a restart. */
const heldHere = new Set<string>();

/**
 * One process per folder: the file says which. It is made whole by a hard link, so no other process ever reads half
 * of it; one left by a process that is gone is taken over.
 * @returns what gives the folder free again
 * @throws UserError if a living process, or one of another machine, holds it
 */
export function takeLock(path: string): () => void {
  if (heldHere.has(path)) throw held(path, ownName());
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, JSON.stringify(ownName()));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (linkIfFree(own, path)) {
        heldHere.add(path);
        return () => {
          heldHere.delete(path);
          rmSync(path, { force: true });
        };
      }
      const owner = readOwner(path);
      if (owner !== undefined && owner !== "unreadable" && isAlive(owner)) throw held(path, owner);
      if (owner !== undefined) moveAside(path, owner);
    }
  } catch (error) {
    throw writeFailure(path, error);
  } finally {
    rmSync(own, { force: true });
  }
  throw held(path, readOwner(path));
}

function ownName(): Owner {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid) };
}

function linkIfFree(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** @returns `unreadable` for a file that is no lock of ours, nothing if there is none */
function readOwner(path: string): Owner | "unreadable" | undefined {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.data : "unreadable";
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    if (error instanceof SyntaxError) return "unreadable";
    throw error;
  }
}

/** Removes a lock that nobody holds; if another process put its own there meanwhile, that one goes back. */
function moveAside(path: string, owner: Owner | "unreadable"): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  if (JSON.stringify(readOwner(aside)) !== JSON.stringify(owner)) linkIfFree(aside, path);
  rmSync(aside, { force: true });
}

function isAlive({ pid, host, started }: Owner): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid && (started === null || started === startOf(pid))) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isCode(error, "EPERM");
  }
  return started === null || started === startOf(pid);
}

/** @returns boot and start time of a process in clock ticks, on Linux */
function startOf(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may hold anything; field 22 is the 20th after it (proc_pid_stat(5)).
    return `${boot} ${fields.slice(fields.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return null;
  }
}

function held(path: string, owner: Owner | "unreadable" | undefined): UserError {
  const name =
    owner === undefined || owner === "unreadable"
      ? "another process"
      : `process ${owner.pid} on ${owner.host}`;
  return UserError.of(
    path,
    `the run is held by ${name}`,
    "one process per run",
    "wait for it, or stop it first; delete this file if that process is surely gone",
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
