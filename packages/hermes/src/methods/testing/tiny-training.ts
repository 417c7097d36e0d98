import { type Feeds, type HostArray, type Key, key, uniformArray } from "@hermes-us/tensor";
import type { z } from "zod";
import type { PretrainedPart } from "../../models/pretrained-part.js";
import { unetPair } from "../../models/unet-pair.js";
import { initialState } from "../../train/initial-state.js";
import { trainingSettingsSchema } from "../../train/settings.js";
import { buildTrainingProgram, MASK_CLASSES, stepNames } from "../../train/training-program.js";
import type { Method } from "../define-method.js";

export const SIDE_PX = 32;
export const TOTAL_STEPS = 100;
const IMAGES = 2;
const CLASSES = 2;

export type MethodOptions = Readonly<Record<string, unknown>>;

export interface TinyRates {
  readonly segmentation: z.input<typeof trainingSettingsSchema>["segmentation"];
  readonly pretrained: readonly PretrainedPart[];
}

const NO_RATES: TinyRates = { segmentation: {}, pretrained: [] };

/** A method on the smallest pair, 2 + 2 images of 32 x 32 per step. */
export function tinyTraining(method: Method, changed: MethodOptions = {}, rates: TinyRates = NO_RATES) {
  const options = method.options.parse(changed);
  const settings = trainingSettingsSchema.parse({
    sidePx: SIDE_PX,
    labelledBatch: IMAGES,
    unlabelledBatch: IMAGES,
    steps: TOTAL_STEPS,
    averageDecay: 0.9,
    segmentation: rates.segmentation,
  });
  const model = unetPair.build(unetPair.options.parse({ width: 4, convolutions: 1 }), {
    classes: CLASSES,
    maskClasses: MASK_CLASSES,
    imageChannels: 1,
  });
  const program = buildTrainingProgram({
    method,
    methodOptions: options,
    model,
    settings,
    classes: CLASSES,
    pretrained: rates.pretrained,
  });
  return {
    program,
    options,
    initial: initialState(program, method, key(3).fork("weights"), new Map()),
    /** Scalars at a step of the run. */
    numbers: (step: number): Record<string, number> => ({
      ...method.schedule(options, { step, totalSteps: TOTAL_STEPS }),
      [stepNames.learningRate("segmentation")]: 1e-3,
      [stepNames.learningRate("classification")]: 1e-3,
      [stepNames.averageDecay]: 0.9,
    }),
    /** Images, labels and random numbers of a step, those that the method takes. */
    feeds: (step: number): Feeds => {
      const all = { ...batch(key("batch").fork(step)), ...uniforms(program.uniforms, step) };
      return Object.fromEntries(
        Object.entries(all).filter(([name]) => program.training.program.inputs.has(name)),
      );
    },
  };
}

function uniforms(wanted: ReadonlyMap<string, readonly number[]>, step: number): Record<string, HostArray> {
  return Object.fromEntries([...wanted].map(([name, shape]) => [name, floats(key(name).fork(step), shape)]));
}

function floats(from: Key, shape: readonly number[]): HostArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return { dtype: "float32", shape, data: uniformArray(from, size) };
}

/** Noise with a dark square, which is the lesion: one image of each class. */
function batch(from: Key): Record<string, HostArray> {
  const area = SIDE_PX ** 2;
  const isLesion = (at: number) => {
    const [x, y] = [at % SIDE_PX, Math.floor((at % area) / SIDE_PX)];
    return x >= 6 && x < 20 && y >= 10 && y < 24;
  };
  const pictures = (name: string): HostArray => {
    const noise = floats(from.fork(name), [IMAGES, 1, SIDE_PX, SIDE_PX]);
    return {
      ...noise,
      data: Float32Array.from(noise.data, (value, at) => (isLesion(at) ? value / 3 : value)),
    };
  };
  const mask = Int32Array.from({ length: IMAGES * area }, (_, at) => (isLesion(at) ? 1 : 0));
  const ones: HostArray = { dtype: "float32", shape: [IMAGES], data: new Float32Array(IMAGES).fill(1) };
  return {
    [stepNames.image]: pictures("labelled"),
    [stepNames.mask]: { dtype: "int32", shape: [IMAGES, SIDE_PX, SIDE_PX], data: mask },
    [stepNames.label]: { dtype: "int32", shape: [IMAGES], data: Int32Array.from([0, 1]) },
    [stepNames.hasMask]: ones,
    [stepNames.hasClass]: ones,
    [stepNames.weak]: pictures("weak"),
    [stepNames.strong]: pictures("strong"),
  };
}
