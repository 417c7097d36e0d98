import type { Architecture } from "../pretrained-part.js";

/** From the names of a public checkpoint to those of this project. */
export interface CheckpointMapping {
  readonly title: string;
  readonly architectures: readonly Architecture[];
  /** Our names that such checkpoints have nothing for. */
  readonly lacks?: RegExp;
  /** @returns our name, or `null` for what has no place here on purpose */
  rename(name: string): string | null;
}

/** Counters of batches, and the layer that names ImageNet's classes. */
const NO_PLACE = /(^|\.)num_batches_tracked$|^(fc|classifier)\./;

function keepName(name: string): string | null {
  return NO_PLACE.test(name) ? null : name;
}

/** timm's stages hold the blocks of table 2 of the paper in order. */
const TIMM_STAGE_STARTS = [0, 1, 3, 6, 10, 13, 16];

/** timm's names of the convolution and the batch norm of each part of a block. */
const TIMM_FIRST_BLOCK = { conv_dw: "depthwise", bn1: "depthwise", conv_pw: "project", bn2: "project" };
const TIMM_BLOCK = {
  conv_pw: "expand",
  bn1: "expand",
  conv_dw: "depthwise",
  bn2: "depthwise",
  conv_pwl: "project",
  bn3: "project",
};
const TIMM_ENDS = { conv_stem: "stem", bn1: "stem", conv_head: "head", bn2: "head" };

function partName(parts: Readonly<Record<string, string>>, layer: string, field: string): string | undefined {
  const part = parts[layer];
  if (part === undefined) return undefined;
  return layer.startsWith("bn") ? `${part}.norm.${field}` : `${part}.${field}`;
}

function renameTimmMobileNetV2(name: string): string | null {
  const kept = keepName(name);
  if (kept === null) return null;
  const block = /^blocks\.(\d+)\.(\d+)\.(\w+)\.(\w+)$/.exec(name);
  if (block !== null) {
    const [stage, repeat] = [Number(block[1]), Number(block[2])];
    const inner = partName(stage === 0 ? TIMM_FIRST_BLOCK : TIMM_BLOCK, block[3]!, block[4]!);
    const start = TIMM_STAGE_STARTS[stage];
    return inner === undefined || start === undefined ? name : `blocks.${start + repeat}.${inner}`;
  }
  const end = /^(\w+)\.(\w+)$/.exec(name);
  return end === null ? name : (partName(TIMM_ENDS, end[1]!, end[2]!) ?? name);
}

function renameTorchvisionMobileNetV2(name: string): string | null {
  if (keepName(name) === null) return null;
  const end = /^features\.(0|18)\.([01])\.(\w+)$/.exec(name);
  if (end !== null) return torchvisionUnit(end[1] === "0" ? "stem" : "head", end[2] === "0", end[3]!);
  const block = /^features\.(\d+)\.conv\.(\d)(?:\.([01]))?\.(\w+)$/.exec(name);
  if (block === null) return name;
  const index = Number(block[1]) - 1;
  const parts = index === 0 ? ["depthwise", "project"] : ["expand", "depthwise", "project"];
  const at = Number(block[2]);
  const isConv = block[3] === undefined ? at === parts.length - 1 : block[3] === "0";
  const part = parts[Math.min(at, parts.length - 1)]!;
  return torchvisionUnit(`blocks.${index}.${part}`, isConv, block[4]!);
}

function torchvisionUnit(path: string, isConv: boolean, field: string): string {
  return isConv ? `${path}.${field}` : `${path}.norm.${field}`;
}

/** The stem: one convolution in v1, three in v1b. */
const RES2NET_STEM = /^(conv1|bn1)\./;

/** A ResNet's `downsample.0/1` are `downsample.1/2` where an average pool comes first (v1b). */
function renameRes2NetV1(name: string): string | null {
  const kept = RES2NET_STEM.test(name) ? null : keepName(name);
  return kept?.replace(/\.downsample\.([01])\./, (_, index) => `.downsample.${Number(index) + 1}.`) ?? null;
}

export const checkpointMappings = Object.freeze({
  own: {
    title: "checkpoints of this project and published Hermes checkpoints",
    architectures: [],
    rename: (name) => (name.endsWith("num_batches_tracked") ? null : name),
  },
  resnet: {
    title: "ResNet of torchvision and timm",
    architectures: ["resnet-18", "resnet-34", "resnet-50"],
    rename: keepName,
  },
  "res2net-v1b": {
    title: "Res2Net v1b 26w4s of its authors, and timm's res2net50d and res2net101d",
    architectures: ["res2net-50-v1b", "res2net-101-v1b"],
    rename: keepName,
  },
  "res2net-v1": {
    title: "Res2Net 26w4s of timm, put into v1b: all but the stem fits",
    architectures: ["res2net-50-v1b", "res2net-101-v1b"],
    lacks: RES2NET_STEM,
    rename: renameRes2NetV1,
  },
  "mobilenet-v2-timm": {
    title: "MobileNetV2 of timm",
    architectures: ["mobilenet-v2"],
    rename: renameTimmMobileNetV2,
  },
  "mobilenet-v2-torchvision": {
    title: "MobileNetV2 of torchvision",
    architectures: ["mobilenet-v2"],
    rename: renameTorchvisionMobileNetV2,
  },
} as const satisfies Record<string, CheckpointMapping>);

export type CheckpointMappingName = keyof typeof checkpointMappings;
