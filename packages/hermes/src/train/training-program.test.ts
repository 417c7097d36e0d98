import { referenceEngine } from "@hermes-us/tensor";
import { expect, it } from "vitest";
import { supervised } from "../methods/supervised.js";
import { tinyTraining } from "../methods/testing/tiny-training.js";

const ENCODER = { prefix: "seg.encoder.", names: /./, architecture: "mobilenet-v2" } as const;

/** How far each parameter's first number goes in one step of gradient descent. */
async function moved(pretrainedShare: number): Promise<Map<string, number>> {
  const segmentation = { optimizer: "sgd", pretrainedShare } as const;
  const tiny = tinyTraining(supervised, {}, { segmentation, pretrained: [ENCODER] });
  await using engine = referenceEngine();
  await using session = await engine.train(tiny.program.training, tiny.initial);
  await session.step(tiny.feeds(0), tiny.numbers(0));
  const { state } = await session.snapshot();
  const names = [...tiny.program.declarations.parameters.keys()];
  return new Map(names.map((name) => [name, state[name]!.data[0]! - tiny.initial[name]!.data[0]!]));
}

it("parts that begin from public weights learn at their share of the rate, and no others", async () => {
  const [full, slow] = [await moved(1), await moved(0.25)];
  const encoder = [...full.keys()].filter((name) => name.startsWith("student/seg.encoder."));
  expect(encoder.length).toBeGreaterThan(5);
  expect(full.size).toBeGreaterThan(2 * encoder.length);
  for (const [name, distance] of full) {
    const share = encoder.includes(name) ? 0.25 : 1;
    expect(Math.abs(slow.get(name)! - share * distance), name).toBeLessThan(1e-2 * Math.abs(distance) + 1e-7);
  }
  expect(Math.max(...encoder.map((name) => Math.abs(full.get(name)!)))).toBeGreaterThan(1e-5);
});
