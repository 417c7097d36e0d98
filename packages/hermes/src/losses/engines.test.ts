import {
  addAll,
  argmax,
  gradientsOf,
  type HostArray,
  input,
  l2Normalize,
  referenceEngine,
  type Tensor,
  trace,
} from "@hermes-us/tensor";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { describe, expect, it } from "vitest";
import { keepRate } from "../pseudo/keep-mask.js";
import { pseudoLabels } from "../pseudo/pseudo-label.js";
import { worstRelativeError } from "../testing/golden-check.js";
import { randomNumbers } from "../testing/random-tensors.js";
import { crossEntropy } from "./cross-entropy.js";
import { diceLoss } from "./dice.js";
import { imageContrast } from "./image-contrast.js";
import { interTaskConsistency } from "./inter-task-consistency.js";
import { classesPresent } from "./labelled-vectors.js";
import { meanEmbedding } from "./mean-embedding.js";
import { bankVectors, type MemoryBank, pushToBank } from "./memory-bank.js";
import { samplePixelAnchors } from "./pixel-anchors.js";
import { pixelContrast } from "./pixel-contrast.js";
import { keepOnGrid, labelsOnGrid } from "./pixel-grid.js";
import { classPrototypes } from "./prototypes.js";

const shapes = {
  classStrong: [4, 2],
  classWeak: [4, 2],
  maskStrong: [4, 2, 16, 16],
  maskWeak: [4, 2, 16, 16],
  imageStrong: [4, 6],
  imageWeak: [4, 6],
  pixelStrong: [4, 5, 8, 8],
  pixelWeak: [4, 5, 8, 8],
  order: [4, 64],
  imageBank: [2, 6, 6],
  imageBankFilled: [2, 6],
  pixelBank: [2, 10, 5],
  pixelBankFilled: [2, 10],
} as const;

type Inputs = { readonly [name in keyof typeof shapes]: Tensor };

/** Everything that a step of Hermes does with unlabelled images, as outputs of one program. */
function unlabelledStep(inputs: Inputs): Record<string, Tensor> {
  const labelled = (weakLogits: Tensor, strongLogits: Tensor) =>
    pseudoLabels({
      logits: weakLogits,
      uncertainty: { kind: "mean-weak-strong", weakLogits, strongLogits },
      entropyCeiling: 0.6,
      frequency: { kind: "batch" },
    });
  const [images, pixels] = [
    labelled(inputs.classWeak, inputs.classStrong),
    labelled(inputs.maskWeak, inputs.maskStrong),
  ];
  const imageBank: MemoryBank = { vectors: inputs.imageBank, filled: inputs.imageBankFilled };
  const pixelBank: MemoryBank = { vectors: inputs.pixelBank, filled: inputs.pixelBankFilled };
  const grid = { height: 8, width: 8 };
  const embedding = meanEmbedding(inputs.pixelStrong, inputs.pixelWeak);
  const [label, keep] = [labelsOnGrid(pixels.label, grid), keepOnGrid(pixels.keep, grid)];
  const prediction = labelsOnGrid(argmax(inputs.maskStrong, 1), grid);
  const anchors = samplePixelAnchors(
    { embedding, label, prediction, keep, order: inputs.order },
    { classes: 2, anchorsPerClass: 12, minPositions: 4 },
  );
  const [strong, weak] = [l2Normalize(inputs.imageStrong, 1), l2Normalize(inputs.imageWeak, 1)];
  const terms = [
    crossEntropy(inputs.classStrong, images.label, { mask: images.keep, denominator: "all" }),
    diceLoss(inputs.maskStrong, pixels.label, { keep: pixels.keep }),
    imageContrast({ strong, weak, label: images.label, keep: images.keep, bank: bankVectors(imageBank) }),
    pixelContrast(anchors, { bank: bankVectors(pixelBank) }),
    interTaskConsistency(inputs.imageStrong, inputs.imageWeak),
  ] as const;
  const trained = [
    "classStrong",
    "maskStrong",
    "imageStrong",
    "imageWeak",
    "pixelStrong",
    "pixelWeak",
  ] as const;
  const gradients = gradientsOf(
    addAll(...terms),
    trained.map((name) => inputs[name]),
  );
  const pixelsNext = pushToBank(pixelBank, classPrototypes({ embedding, label, keep }, { classes: 2 }));
  const imagesNext = pushToBank(imageBank, { vectors: strong, label: images.label, valid: images.keep });
  return {
    ...Object.fromEntries(terms.map((term, i) => [`term ${i}`, term])),
    ...Object.fromEntries(trained.map((name, i) => [`gradient ${name}`, gradients[i]!])),
    keptPixels: keepRate(pixels.keep),
    keptImages: keepRate(images.keep),
    anchorClasses: classesPresent(anchors, 2),
    pixelVectors: pixelsNext.vectors,
    pixelFilled: pixelsNext.filled,
    imageVectors: imagesNext.vectors,
    imageFilled: imagesNext.filled,
  };
}

function feedsFor(): Record<string, HostArray> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce<number>((product, extent) => product * extent, 1);
      const [low, high] = name === "order" ? [0, 1] : /^(mask|class)/.test(name) ? [-3, 3] : [-1, 1];
      const numbers = randomNumbers(name, size, low, high);
      const data = Float32Array.from(numbers, (x) => (name.endsWith("Filled") ? Number(x > 0) : x));
      return [name, { dtype: "float32", shape, data }];
    }),
  );
}

describe("the terms on unlabelled images", () => {
  it("are the same on ONNX Runtime as on the reference engine, with their gradients and banks", async () => {
    const inputs = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]),
    ) as Inputs;
    const program = trace(unlabelledStep(inputs));
    await using reference = referenceEngine();
    await using native = await ortNodeEngine({ threads: 1 });
    await using a = await reference.compile(program);
    await using b = await native.compile(program);
    const feeds = feedsFor();
    const [wanted, got] = [await a.run(feeds), await b.run(feeds)];
    expect(wanted.anchorClasses!.data[0]).toBe(2);
    expect(wanted.keptImages!.data[0]).toBeGreaterThan(0);
    for (const [name, { data }] of Object.entries(wanted)) {
      expect(worstRelativeError(got[name]!.data, [...data]), name).toBeLessThan(1e-4);
      expect(
        [...data].some((value) => value !== 0),
        `${name} is more than zeros`,
      ).toBe(true);
    }
  });
});
