import { performance } from "node:perf_hooks";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { emitProgram, GraphBuilder, input, key, normalArray, trace } from "@hermes-us/tensor";
import { openOrtNodeModel } from "@hermes-us/tensor/ort-node";
import { resnet18, unet32 } from "./networks.js";

/**
 * Images per second of the yardstick's networks in evaluation, weights being constants of the file, against PyTorch in
 * eager mode on the same machine: two threads each, in turn, medians.
 *
 *   npm run bench:predict
 */
const THREADS = 2;
const ROUNDS = 3;
const RUNS = 10;
const WARM_UP = 3;

const configs = [
  ["resnet-18", 128],
  ["resnet-18", 224],
  ["unet-32", 128],
] as const;
type NetworkName = (typeof configs)[number][0];

const python = "/usr/bin/python3";
const yardstick = fileURLToPath(new URL("../../../shared/bench", import.meta.url));

function modelOf(network: NetworkName, batch: number, extent: number): Uint8Array {
  const image = input("image", [batch, 3, extent, extent]);
  const { logits } = network === "resnet-18" ? resnet18(image, "evaluate") : unet32(image, "evaluate");
  const program = trace({ logits });
  const g = new GraphBuilder("portable");
  g.input("image", "float32", image.shape);
  const values = emitProgram(g, program, (name, { shape }) => {
    if (name === "image") return { name };
    const length = shape.reduce((a, b) => a * b, 1);
    if (name.startsWith("v") || name.startsWith("g"))
      return g.floats(shape, new Float32Array(length).fill(1));
    if (!name.startsWith("w")) return g.floats(shape, new Float32Array(length));
    const scale = Math.sqrt(2 / (length / shape[0]!));
    return g.floats(
      shape,
      normalArray(key(1).fork(name), length).map((value) => value * scale),
    );
  });
  g.output("logits", values.get("logits")!, "float32", logits.shape);
  return g.encode();
}

async function ourMs(network: NetworkName, batch: number, extent: number): Promise<number> {
  await using session = await openOrtNodeModel(modelOf(network, batch, extent), { threads: THREADS });
  const shape = [batch, 3, extent, extent];
  const data = normalArray(key(0), batch * 3 * extent * extent);
  const times: number[] = [];
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const started = performance.now();
    await session.run({ image: { dtype: "float32", shape, data } }, ["logits"]);
    times.push(performance.now() - started);
  }
  return median(times.slice(WARM_UP));
}

function torchMs(network: NetworkName, batch: number, extent: number): number {
  const script = `
import time, statistics, torch
torch.set_num_threads(${THREADS})
from torch_models import *
torch.manual_seed(0)
m = ${network === "resnet-18" ? "ResNet18()" : "UNet()"}.eval()
x = torch.randn(${batch}, 3, ${extent}, ${extent})
times = []
with torch.inference_mode():
    for _ in range(${WARM_UP + RUNS}):
        t = time.perf_counter(); m(x); times.append((time.perf_counter() - t) * 1e3)
print(statistics.median(times[${WARM_UP}:]))`;
  const { status, stdout, stderr } = spawnSync(python, ["-c", script], { cwd: yardstick, encoding: "utf8" });
  if (status !== 0) throw new Error(`PyTorch: ${stderr}`);
  return Number(stdout);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

if (!existsSync(yardstick)) {
  process.stdout.write(`skipped: no yardstick at ${yardstick}\n`);
} else {
  for (const [network, extent] of configs) {
    for (const batch of [1, 8]) {
      const [ours, theirs]: [number[], number[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await ourMs(network, batch, extent));
        theirs.push(torchMs(network, batch, extent));
      }
      const [a, b] = [median(ours), median(theirs)];
      process.stdout.write(
        `${network}@${extent} batch ${batch}: ours ${a.toFixed(1)} ms, PyTorch ${b.toFixed(1)} ms, ratio ${(b / a).toFixed(2)}\n`,
      );
    }
  }
}
