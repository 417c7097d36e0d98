import type { z } from "zod";
import type { trainingSettingsSchema } from "./settings.js";

const overTheBatch = { dicePooling: "batch" } as const;

/** The methods that the paper's profiles compare with Hermes take the Dice loss as it does. */
const withReleasedDice = { supervised: overTheBatch, "mean-teacher": overTheBatch };

/**
 * Weights of the released code's objective, 1.1 (CE + 0.1 CE_u + 0.2 contrast) + 0.5 (CE / 4 + D / 4 + 0.1 D_u / 2 +
 * 0.8 contrast) + w(t) consistency with D of the lesion, as weights of the terms here (hermes.ts: the supervised mask loss
 * is (CE + D) / 2).
 */
const releasedObjective = {
  labelSource: "student",
  strongMix: "none",
  supervisedClassWeight: 1.1,
  supervisedMaskWeight: 0.25,
  diceClasses: "foreground",
  ...overTheBatch,
  pseudoClassWeight: 0.11,
  pseudoMaskWeight: 0.025,
  imageContrastWeight: 0.22,
  pixelContrastWeight: 0.4,
  consistencyWeight: 1,
  anchorsPerClass: 100,
} as const;

/** A profile is data: which model, and what differs from the default of every schema. */
export interface Profile {
  readonly name: string;
  readonly title: string;
  readonly model: string;
  readonly modelOptions: Readonly<Record<string, unknown>>;
  /** By method name. */
  readonly methodOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly training: z.input<typeof trainingSettingsSchema>;
}

export const profiles = {
  light: {
    name: "light",
    title: "two MobileNetV2 at 128 x 128; minutes on two CPU cores",
    model: "light-pair",
    modelOptions: {},
    methodOptions: {},
    training: {
      segmentation: { learningRate: 1e-3 },
      classification: { learningRate: 6e-4, learnFrom: 0.5 },
    },
  },
  paper: {
    name: "paper",
    title: "Res2Net-101 U-Net and ResNet-18 at 224 x 224, the corrected method",
    model: "paper-pair",
    modelOptions: { lesionDescriptors: "off" },
    methodOptions: {
      ...withReleasedDice,
      hermes: releasedObjective,
    },
    training: {
      sidePx: 224,
      aspect: "stretch",
      steps: 3000,
      augmentation: "paper",
      segmentation: { optimizer: "adam", learningRate: 1e-4 },
      classification: { optimizer: "sgd", learningRate: 1e-4, weightDecay: 1e-4 },
    },
  },
  "as-published": {
    name: "as-published",
    title:
      "what the released code does where it can run: no saliency, gates on labelled passes alone, thresholds of one batch, contrast without banks",
    model: "paper-pair",
    modelOptions: {
      saliency: "off",
      attention: "published",
      attentionOn: "labelled-pass",
      lesionDescriptors: "off",
    },
    methodOptions: {
      ...withReleasedDice,
      hermes: {
        ...releasedObjective,
        uncertainty: "weak",
        combine: "or",
        frequencyDecay: 0,
        bankCapacity: 0,
        minPositions: 101,
        certainty: "anchors",
        embeddingMean: "as-is",
        consistencyTeaches: "segmentation",
        ramped: "consistency",
      },
    },
    training: {
      sidePx: 224,
      aspect: "stretch",
      steps: 3000,
      augmentation: "paper",
      averageDecay: 0,
      criterion: "last",
      segmentation: { optimizer: "adam", learningRate: 1e-4 },
      classification: { optimizer: "sgd", learningRate: 1e-4, weightDecay: 1e-4 },
    },
  },
  small: {
    name: "small",
    title: "a small U-Net and classifier from scratch at 64 x 64, for demos and tests",
    model: "unet-pair",
    modelOptions: {},
    methodOptions: {},
    training: {
      sidePx: 64,
      steps: 500,
      validateEvery: 100,
      segmentation: { learningRate: 2e-3 },
      classification: { learningRate: 5e-4 },
    },
  },
} as const satisfies Record<string, Profile>;
