import { z } from "zod";
import { augmentationPolicyNames } from "../data/augment/policies.js";

const optimizerName = z.enum(["adam", "adamw", "sgd"]);

/** How the networks of one task are optimised. */
const taskSettings = z.strictObject({
  optimizer: optimizerName.default("adam").describe("adam, adamw (weight decay apart), sgd (momentum 0.9)"),
  learningRate: z.number().positive().default(3e-4).describe("at its highest"),
  pretrainedShare: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("learning rate of the parts that begin from --weights, as a share of the others'"),
  weightDecay: z
    .number()
    .nonnegative()
    .default(0)
    .describe("pull of all weights towards 0, per unit of learning rate"),
  learnFrom: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("share of the run after which it begins to learn; its schedule fills the rest"),
});

/** Everything about a run that is neither data, method nor model. */
export const trainingSettingsSchema = z.strictObject({
  sidePx: z
    .number()
    .int()
    .min(32)
    .max(1024)
    .default(128)
    .describe("side of the network's square input, pixels"),
  aspect: z
    .enum(["stretch", "letterbox"])
    .default("letterbox")
    .describe("what is done with images that are not square"),
  augmentation: z
    .enum(augmentationPolicyNames)
    .default("light")
    .describe("which random changes images go through; see docs/guide/augmentation.md"),
  balance: z.enum(["natural", "class-balanced"]).default("natural").describe("how labelled images are drawn"),
  labelledBatch: z.number().int().positive().default(8).describe("labelled images per step"),
  unlabelledBatch: z.number().int().positive().default(8).describe("unlabelled images per step"),
  steps: z.number().int().positive().default(1200).describe("optimiser steps"),
  segmentation: taskSettings.prefault({}),
  classification: taskSettings.prefault({}),
  schedule: z.enum(["poly", "cosine", "constant"]).default("poly").describe("of the learning rate"),
  warmUpSteps: z.number().int().nonnegative().default(0).describe("steps over which the learning rate rises"),
  clipNorm: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("largest norm of a task's gradients; null: any"),
  averageDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0.99)
    .describe(
      "share of the old average of weights kept per step; predictions use the average; 0: the last weights",
    ),
  normShare: z
    .number()
    .positive()
    .max(1)
    .default(0.1)
    .describe("share of a batch in the running statistics of norms"),
  validateEvery: z.number().int().positive().default(200).describe("steps between validations"),
  criterion: z
    .enum(["dice-and-auroc", "dice", "auroc", "last"])
    .default("dice-and-auroc")
    .describe("what chooses the best checkpoint on the validation part; `last` takes the end of the run"),
  patience: z
    .number()
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("validations without a gain before stopping; null: never"),
  logEvery: z.number().int().positive().default(20).describe("steps between log lines"),
});
export type TrainingSettings = z.output<typeof trainingSettingsSchema>;
export type TaskSettings = z.output<typeof taskSettings>;
