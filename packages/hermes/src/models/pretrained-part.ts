/** Architectures that public weights exist for. */
export type Architecture =
  | "mobilenet-v2"
  | "resnet-18"
  | "resnet-34"
  | "resnet-50"
  | "res2net-50-v1b"
  | "res2net-101-v1b";

/** A part of a joint network that may begin from public weights. */
export interface PretrainedPart {
  /** What all its names begin with, dot included: `seg.encoder.` */
  readonly prefix: string;
  /** The names after the prefix that belong to it. */
  readonly names: RegExp;
  readonly architecture: Architecture;
  /** What the names of the network around it begin with, where checkpoints of that whole network are published: `seg.` */
  readonly published?: string;
}

/** @param path of a parameter: in its network, or with the network's name in front where `prefix` has it too */
export function belongsTo(
  { prefix, names }: Pick<PretrainedPart, "prefix" | "names">,
  path: string,
): boolean {
  return path.startsWith(prefix) && names.test(path.slice(prefix.length));
}
