/** One layer of the yardstick's networks at batch 8; plain data, so that Python reads it too. Images are square. */
export type OpCase =
  | {
      readonly kind: "conv";
      readonly name: string;
      readonly channels: number;
      readonly size: number;
      readonly outChannels: number;
      readonly kernel: number;
      readonly stride: number;
    }
  | {
      readonly kind: "batch-norm" | "relu" | "max-pool-3x3" | "max-pool-2x2" | "resize";
      readonly name: string;
      readonly channels: number;
      readonly size: number;
    }
  | { readonly kind: "adam" | "sgd"; readonly name: string; readonly parameters: number };

const conv = (channels: number, size: number, outChannels: number, kernel: number, stride = 1): OpCase => ({
  kind: "conv",
  name: `conv ${kernel}x${kernel}${stride === 1 ? "" : ` stride ${stride}`} ${channels} -> ${outChannels} @ ${size}`,
  channels,
  size,
  outChannels,
  kernel,
  stride,
});

const map = (
  kind: "batch-norm" | "relu" | "max-pool-3x3" | "max-pool-2x2" | "resize",
  channels: number,
  size: number,
): OpCase => ({ kind, name: `${kind} ${channels} @ ${size}`, channels, size });

const UPDATED_PARAMETERS = 4_718_592;

export const opCases: readonly OpCase[] = [
  conv(3, 128, 64, 7, 2),
  conv(64, 32, 64, 3),
  conv(64, 32, 128, 3, 2),
  conv(64, 32, 128, 1, 2),
  conv(128, 16, 128, 3),
  conv(256, 8, 256, 3),
  conv(512, 4, 512, 3),
  conv(3, 128, 32, 3),
  conv(32, 128, 32, 3),
  conv(64, 64, 64, 3),
  conv(384, 32, 128, 3),
  conv(104, 8, 104, 3),
  conv(416, 8, 1024, 1),
  map("batch-norm", 64, 64),
  map("relu", 64, 64),
  map("max-pool-3x3", 64, 64),
  map("max-pool-2x2", 64, 64),
  map("resize", 64, 32),
  { kind: "adam", name: "adam, 4.7 M parameters", parameters: UPDATED_PARAMETERS },
  { kind: "sgd", name: "sgd with momentum, 4.7 M parameters", parameters: UPDATED_PARAMETERS },
];

/** Parts of a step that are timed apart. */
export type OpPart = "forward" | "input gradient" | "weight gradient" | "update";

export function partsOf({ kind }: OpCase): readonly OpPart[] {
  switch (kind) {
    case "conv":
      return ["forward", "input gradient", "weight gradient"];
    case "adam":
    case "sgd":
      return ["update"];
    default:
      return ["forward", "input gradient"];
  }
}

export const OPS_BATCH = 8;

/** @returns GFLOP of one run; `null` where arithmetic is not what takes the time */
export function gigaflop(one: OpCase): number | null {
  if (one.kind !== "conv") return null;
  const outPixels = OPS_BATCH * (one.size / one.stride) ** 2;
  return (2 * outPixels * one.channels * one.outChannels * one.kernel ** 2) / 1e9;
}
