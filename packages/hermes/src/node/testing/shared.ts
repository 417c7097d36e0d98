import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Repository root, seen from `packages/hermes/src/node/testing`. */
const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../../../..");

/**
 * Real data and weights that are not part of the repository: the folder `shared` beside it, or HERMES_SHARED.
 *
 * @returns the absolute path, or `undefined` with a remark on standard error, so that a skipped test says why
 */
export function sharedPath(...parts: readonly string[]): string | undefined {
  const path = join(process.env.HERMES_SHARED ?? resolve(repository, "../shared"), ...parts);
  if (existsSync(path)) return path;
  process.stderr.write(`skipped: ${path} is not there (set HERMES_SHARED to the folder that holds it)\n`);
  return undefined;
}
