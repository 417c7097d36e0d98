/** Whether a checkpoint is of the architecture that a part of a network has, told by names and shapes. */
import type { Complaint } from "../../errors.js";
import type { Declarations } from "../../nn/scope.js";
import { declareArchitecture } from "../architectures.js";
import type { PretrainedPart } from "../pretrained-part.js";
import {
  abridge,
  applyCheckpoint,
  type CheckpointPlace,
  type CheckpointReport,
  checkpointComplaints,
} from "./apply-checkpoint.js";
import type { CheckpointTensors } from "./checkpoint.js";
import { type CheckpointMapping, checkpointMappings } from "./mappings.js";

/** What a checkpoint is to a part. */
export type PartFit =
  | {
      readonly kind: "fills";
      /** Numbers by full name: the part's, and more of the network around it where the checkpoint is of all of it. */
      readonly values: ReadonlyMap<string, Float32Array>;
      /** Full names in the same place that the checkpoint has nothing for, or another shape. */
      readonly random: readonly string[];
    }
  | { readonly kind: "differs"; readonly fitting: number; readonly complaints: readonly Complaint[] };

export interface PartQuestion {
  readonly tensors: CheckpointTensors;
  /** What to call the checkpoint in messages. */
  readonly file: string;
  readonly part: PretrainedPart;
  /** Parameters and buffers by full name. */
  readonly declared: Pick<Declarations, "parameters" | "buffers">;
  /** What the full names of the joint network begin with: `student/`. */
  readonly network: string;
}

/** One way to read a checkpoint. */
interface Reading {
  readonly mapping: CheckpointMapping;
  readonly place: CheckpointPlace;
}

interface Read {
  readonly report: CheckpointReport;
  /** The part's own tensors alone. */
  readonly ofPart: CheckpointReport;
  /** Names that would be the architecture's, but that it does not have: layers of a deeper one. */
  readonly strays: readonly string[];
  readonly lacks: readonly string[];
}

const mappings: readonly CheckpointMapping[] = Object.values(checkpointMappings);

/** Reads a checkpoint in every naming that is known for the part's architecture. */
export function fitPart(question: PartQuestion): PartFit {
  const { file, part, network } = question;
  const architecture = declareArchitecture(part.architecture);
  const known = new Set([...architecture.parameters.keys(), ...architecture.buffers.keys()]);
  const all = readingsOf(part, network).map((reading) => read(question, reading, known));
  const size = ({ ofPart, report }: Read): number => ofPart.values.size + report.values.size;
  const largest = (some: readonly Read[]): Read => some.reduce((a, b) => (size(b) > size(a) ? b : a));
  const fitting = all.filter(
    ({ ofPart, strays }) => ofPart.missing.length + ofPart.mismatched.length + strays.length === 0,
  );
  if (fitting.length > 0) return filledBy(largest(fitting));
  const { ofPart, strays } = largest(all);
  const complaints = checkpointComplaints(ofPart, file);
  if (strays.length > 0) {
    complaints.push({
      what: file,
      got: `also ${abridge(strays)}`,
      wanted: `no more layers than ${part.architecture} has`,
      fix: "take the checkpoint of that architecture",
    });
  }
  return { kind: "differs", fitting: ofPart.values.size, complaints };
}

function filledBy({ report, ofPart, lacks }: Read): PartFit {
  const { values, missing, mismatched } = report;
  // The rest of the network is asked for only where the checkpoint has something of it.
  const rest = values.size > ofPart.values.size ? [...missing, ...mismatched.map(({ name }) => name)] : lacks;
  return { kind: "fills", values, random: rest };
}

function readingsOf({ prefix, names, architecture, published }: PretrainedPart, network: string): Reading[] {
  const place = { prefix: `${network}${prefix}`, names };
  const ofPart = mappings
    .filter((mapping) => mapping === checkpointMappings.own || mapping.architectures.includes(architecture))
    .map((mapping) => ({ mapping, place }));
  if (published === undefined) return ofPart;
  return [
    ...ofPart,
    { mapping: checkpointMappings.own, place: { prefix: `${network}${published}`, names: /./ } },
  ];
}

function read(
  { tensors, part, declared, network }: PartQuestion,
  { mapping, place }: Reading,
  known: ReadonlySet<string>,
): Read {
  const start = `${network}${part.prefix}`;
  const within = (name: string): string | undefined => {
    const rest = name.startsWith(start) ? name.slice(start.length) : "";
    return part.names.test(rest) ? rest : undefined;
  };
  const isLacking = (name: string): boolean => mapping.lacks?.test(within(name) ?? "") === true;
  const report = applyCheckpoint(tensors, mapping, declared, place);
  const ofPart = {
    ...report,
    values: new Map([...report.values].filter(([name]) => within(name) !== undefined)),
    missing: report.missing.filter((name) => within(name) !== undefined && !isLacking(name)),
    mismatched: report.mismatched.filter(({ name }) => within(name) !== undefined),
  };
  const heads = new Set([...known].map(firstWord));
  const strays = report.unexpected.filter((theirs) => {
    const rest = within(`${place.prefix}${mapping.rename(theirs)}`);
    return rest !== undefined && heads.has(firstWord(rest)) && !known.has(rest);
  });
  return { report, ofPart, strays, lacks: report.missing.filter(isLacking) };
}

function firstWord(name: string): string {
  return name.split(".", 1)[0]!;
}
