import type { Tensor } from "@hermes-us/tensor";
import type { z } from "zod";
import { UserError } from "../errors.js";
import type { JointModel } from "../nn/joint-net.js";
import type { PretrainedPart } from "./pretrained-part.js";

/** What the data settle about a network, whatever its options. */
export interface ModelInputs {
  /** K, image classes. */
  readonly classes: number;
  /** C, mask classes with the background. */
  readonly maskClasses: number;
  /** 1 for grey images, which networks with colour weights repeat inside; else 3. */
  readonly imageChannels: 1 | 3;
}

/** A joint network by name: CLI, contract tests and docs find it in the registry. */
export interface ModelDefinition<O extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** Address of the paper that the network is from. */
  readonly paper: string;
  /** A strict object with a default for every key. */
  readonly options: O;
  /** Height and width of the image must be multiples of this. */
  readonly sizeMultiplePx: number;
  build(options: z.output<O>, inputs: ModelInputs): JointModel;
  /** Parts that may begin from public weights. */
  pretrained(options: z.output<O>): readonly PretrainedPart[];
}

/** Freezes a definition; its networks refuse images of another form than they were built for. */
export function defineModel<O extends z.ZodObject>(definition: ModelDefinition<O>): ModelDefinition<O> {
  const { name, sizeMultiplePx } = definition;
  return Object.freeze({
    ...definition,
    build(options: z.output<O>, inputs: ModelInputs): JointModel {
      const model = definition.build(options, inputs);
      return (scope, image) => {
        checkImage(name, image, inputs.imageChannels, sizeMultiplePx);
        return model(scope, image);
      };
    },
  });
}

function checkImage(model: string, image: Tensor, channels: number, multiplePx: number): void {
  const [, c, height, width] = image.shape;
  const fits = (extent: number | undefined): boolean =>
    extent !== undefined && extent > 0 && extent % multiplePx === 0;
  if (image.rank === 4 && c === channels && fits(height) && fits(width)) return;
  throw UserError.of(
    `model ${model}`,
    `images of shape [${image.shape.join(", ")}]`,
    `[N, ${channels}, H, W] with H and W multiples of ${multiplePx}`,
    "choose another image size",
  );
}
