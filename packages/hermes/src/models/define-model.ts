import type { z } from "zod";
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

export function defineModel<O extends z.ZodObject>(definition: ModelDefinition<O>): ModelDefinition<O> {
  return Object.freeze(definition);
}
