import type { Complaint } from "../../errors.js";
import type { Declarations } from "../../nn/scope.js";
import { belongsTo, type PretrainedPart } from "../pretrained-part.js";
import type { CheckpointTensors } from "./checkpoint.js";
import type { CheckpointMapping } from "./mappings.js";

export interface ShapeMismatch {
  readonly name: string;
  readonly got: readonly number[];
  readonly wanted: readonly number[];
}

/** Where a checkpoint goes: `{ prefix: "student/", names: /./ }` for a whole network. */
export type CheckpointPlace = Pick<PretrainedPart, "prefix" | "names">;

/** What became of a checkpoint. */
export interface CheckpointReport {
  /** The numbers by full name of the parameter or buffer. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Declared in this place, but not in the checkpoint. */
  readonly missing: readonly string[];
  /** In the checkpoint, but neither declared nor known to be of no use. */
  readonly unexpected: readonly string[];
  /** In both under one name, with different shapes; not used. */
  readonly mismatched: readonly ShapeMismatch[];
  /** In the checkpoint and known to be of no use here, such as ImageNet's last layer. */
  readonly leftOut: readonly string[];
}

/**
 * Matches a checkpoint with what a network declares.
 *
 * @param tensors the checkpoint's numbers under its own names
 * @param mapping from its names to ours
 * @param declared parameters and buffers by full name
 * @param place the part of the network that the checkpoint is for
 */
export function applyCheckpoint(
  tensors: CheckpointTensors,
  mapping: CheckpointMapping,
  declared: Pick<Declarations, "parameters" | "buffers">,
  place: CheckpointPlace,
): CheckpointReport {
  const wanted = new Map<string, readonly number[]>();
  for (const [name, { shape }] of [...declared.parameters, ...declared.buffers]) {
    if (belongsTo(place, name)) wanted.set(name, shape);
  }
  const values = new Map<string, Float32Array>();
  const [unexpected, leftOut, mismatched]: [string[], string[], ShapeMismatch[]] = [[], [], []];
  for (const [theirs, { shape, data }] of tensors) {
    const ours = mapping.rename(theirs);
    const name = `${place.prefix}${ours ?? ""}`;
    const shapeHere = wanted.get(name);
    if (ours === null) leftOut.push(theirs);
    else if (shapeHere === undefined) unexpected.push(theirs);
    else if (shapeHere.join() !== shape.join()) mismatched.push({ name, got: shape, wanted: shapeHere });
    else values.set(name, data);
  }
  const found = new Set([...values.keys(), ...mismatched.map(({ name }) => name)]);
  const missing = [...wanted.keys()].filter((name) => !found.has(name));
  return { values, missing, unexpected, mismatched, leftOut };
}

const NAMES_SHOWN = 5;

/**
 * @param file what to call the checkpoint in messages
 * @returns why the checkpoint does not fill the part: what is missing or of another shape
 */
export function checkpointComplaints(report: CheckpointReport, file: string): Complaint[] {
  const complaints: Complaint[] = report.mismatched.slice(0, NAMES_SHOWN).map(({ name, got, wanted }) => ({
    what: `${file}, ${name}`,
    got: `shape [${got.join(", ")}]`,
    wanted: `[${wanted.join(", ")}]`,
    fix: "take the checkpoint of the same architecture and options",
  }));
  if (report.missing.length > 0) {
    complaints.push({
      what: file,
      got: `${report.values.size} of the tensors that the network needs; missing are ${abridge(report.missing)}`,
      wanted: "all of them",
      fix:
        report.unexpected.length === 0
          ? "take the checkpoint of the same architecture and options"
          : `it also holds ${abridge(report.unexpected)}: it may be of another architecture or naming`,
    });
  }
  return complaints;
}

/** @returns the first names and how many more there are */
export function abridge(names: readonly string[]): string {
  const rest = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
