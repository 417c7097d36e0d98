import { input, type Tensor } from "@hermes-us/tensor";
import { convNorm } from "../nn/conv-norm.js";
import { Declarations, Scope } from "../nn/scope.js";
import { MOBILENET_V2_BLOCKS, mobileNetV2Blocks, mobileNetV2Head, mobileNetV2Stem } from "./mobilenet-v2.js";
import type { Architecture } from "./pretrained-part.js";
import { resNetStages, resNets } from "./resnet.js";
import { res2NetStages, res2Nets } from "./res2net.js";

/** Traces an architecture up to its last map, ImageNet's classifier left out. */
type Build = (scope: Scope, image: Tensor) => unknown;

const whole: { readonly [K in Architecture]: Build } = {
  "mobilenet-v2": (scope, image) => {
    const options = { unit: convNorm, padding: "torch" } as const;
    const stem = mobileNetV2Stem(scope, image, options);
    const blocks = mobileNetV2Blocks(scope, stem, { options, start: 0, end: MOBILENET_V2_BLOCKS });
    return mobileNetV2Head(scope, blocks.get(MOBILENET_V2_BLOCKS - 1)!, options);
  },
  "resnet-18": (scope, image) => resNetStages(scope, image, resNets["resnet-18"], { lastStage: 4 }),
  "resnet-34": (scope, image) => resNetStages(scope, image, resNets["resnet-34"], { lastStage: 4 }),
  "resnet-50": (scope, image) => resNetStages(scope, image, resNets["resnet-50"], { lastStage: 4 }),
  "res2net-50-v1b": (scope, image) => res2NetStages(scope, image, res2Nets["res2net-50-v1b"], 4),
  "res2net-101-v1b": (scope, image) => res2NetStages(scope, image, res2Nets["res2net-101-v1b"], 4),
};

const SIDE_PX = 64;

/** @returns what the whole architecture declares under this project's names, even where a model uses its beginning only */
export function declareArchitecture(architecture: Architecture): Declarations {
  const declarations = new Declarations();
  whole[architecture](new Scope(declarations, "", "evaluate"), input("image", [1, 3, SIDE_PX, SIDE_PX]));
  return declarations;
}
