import { z } from "zod";
import { defineMethod, withoutInterTask } from "./define-method.js";
import { dicePoolingOption, supervisedLosses } from "./supervised-terms.js";

/**
 * The baseline: labelled images alone, with the augmentation, averaged weights and schedule that every method gets.
 * L = CE + (CE + Dice) / 2.
 */
export const supervised = defineMethod({
  name: "supervised",
  title: "Supervised only",
  paper: "https://arxiv.org/abs/1505.04597",
  data: "labelled",
  options: z.strictObject({
    segmentationWeight: z.number().nonnegative().default(1).describe("weight of the segmentation loss"),
    ...dicePoolingOption,
  }),
  modelDefaults: withoutInterTask,
  networks: (build) => ({ student: build("train") }),
  predictor: "student",
  schedule: () => ({}),
  losses({ nets, labelled, options }) {
    const { classification, segmentation } = supervisedLosses(
      nets.student(labelled.image, "labelled"),
      labelled,
      { pooling: options.dicePooling },
    );
    return {
      terms: {
        supervisedClass: { loss: classification, weight: 1 },
        supervisedMask: { loss: segmentation, weight: options.segmentationWeight },
      },
    };
  },
});
