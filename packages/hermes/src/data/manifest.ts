import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { z } from "zod";
import { type Complaint, UserError } from "../errors.js";
import { canonicalJson } from "./canonical-json.js";
import { issueText } from "./issue-text.js";
import { byCodeUnit } from "./order.js";
import { type Manifest, manifestHeaderSchema, type Sample, sampleSchema } from "./sample.js";

/** @returns JSON lines: the header, then the samples in order of their ids */
export function serialiseManifest({ header, samples }: Manifest): string {
  const lines = [header, ...sortedById(samples)].map((entry) => JSON.stringify(entry));
  return `${lines.join("\n")}\n`;
}

/**
 * @param fileName only for messages
 * @throws UserError with all faulty lines together
 */
export function parseManifest(text: string, fileName: string): Manifest {
  const complaints: Complaint[] = [];
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const header = parseLine(manifestHeaderSchema, lines[0] ?? "", `${fileName}, line 1 (header)`, complaints);
  const samples: Sample[] = [];
  lines.slice(1).forEach((line, index) => {
    const sample = parseLine(sampleSchema, line, `${fileName}, line ${index + 2}`, complaints);
    if (sample !== undefined) samples.push(sample);
  });
  if (header !== undefined) complaints.push(...checkManifest({ header, samples }, fileName));
  if (complaints.length > 0) throw new UserError(complaints);
  return { header: header!, samples };
}

function parseLine<S extends z.ZodType>(
  schema: S,
  line: string,
  where: string,
  complaints: Complaint[],
): z.output<S> | undefined {
  const fix = "run `hermes data import` again";
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    complaints.push({ what: where, got: "text that is not JSON", wanted: "one JSON object", fix });
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const field = issue.path.length === 0 ? "the line" : `field ${issue.path.join(".")}`;
    complaints.push({ what: where, got: `a fault in ${field}`, wanted: issueText(issue), fix });
  }
  return undefined;
}

/** Rules across samples: ids are unique, class names are known unless the sample is left out. */
function checkManifest({ header, samples }: Manifest, fileName: string): Complaint[] {
  const complaints: Complaint[] = [];
  const fix = "run `hermes data import` again";
  const seen = new Set<string>();
  for (const { id, className, excluded } of samples) {
    if (seen.has(id)) {
      complaints.push({
        what: fileName,
        got: `the id ${JSON.stringify(id)} twice`,
        wanted: "unique ids",
        fix,
      });
    }
    seen.add(id);
    if (className !== null && excluded === null && !header.classes.includes(className)) {
      complaints.push({
        what: `${fileName}, image ${JSON.stringify(id)}`,
        got: `class ${JSON.stringify(className)}`,
        wanted: `one of ${header.classes.join(", ")}`,
        fix,
      });
    }
  }
  return complaints;
}

/**
 * Fingerprint of what the manifest says: independent of line order, of key order and of where the folder lies
 * (`root` is left out), so a moved data set keeps its splits.
 *
 * @returns lower-case hex, 64 characters
 */
export function hashManifest({ header, samples }: Manifest): string {
  const { root: _place, ...content } = header;
  return sha256Hex(canonicalJson([content, ...sortedById(samples)]));
}

/** @returns lower-case hex of the SHA-256 of the UTF-8 bytes */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

function sortedById(samples: readonly Sample[]): Sample[] {
  return [...samples].sort((a, b) => byCodeUnit(a.id, b.id));
}
