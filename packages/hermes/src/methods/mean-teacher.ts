import {
  mean,
  sigmoidRamp,
  softmax,
  square,
  stopGradient,
  subtract,
  type Tensor,
  warmedUpDecay,
} from "@hermes-us/tensor";
import { z } from "zod";
import { defineMethod, withoutInterTask } from "./define-method.js";
import { rampedWeight } from "./ramped-weight.js";
import { dicePoolingOption, supervisedLosses } from "./supervised-terms.js";

/** Mean squared difference of two softmax distributions over axis 1; the target is detached. */
function probabilityDistance(logits: Tensor, targetLogits: Tensor): Tensor {
  return mean(square(subtract(softmax(logits, 1), stopGradient(softmax(targetLogits, 1)))));
}

/**
 * Mean Teacher: the student agrees with a moving average of itself.
 * Tarvainen & Valpola, NeurIPS 2017, https://arxiv.org/abs/1703.01780 (Fig. 2, Eq. 1-2).
 * Differs from the paper: consistency on unlabelled images only, on both heads; the teacher sees the weak view and uses
 * averaged running statistics.
 */
export const meanTeacher = defineMethod({
  name: "mean-teacher",
  title: "Mean Teacher",
  paper: "https://arxiv.org/abs/1703.01780",
  data: "labelled-and-unlabelled",
  options: z.strictObject({
    emaDecay: z.number().min(0).lt(1).default(0.99).describe("share of the old teacher kept per step"),
    classWeight: z.number().nonnegative().default(1).describe("weight of the consistency of classes"),
    maskWeight: z.number().nonnegative().default(1).describe("weight of the consistency of masks"),
    rampShare: z.number().positive().max(1).default(0.4).describe("share of the run until full weight"),
    ...dicePoolingOption,
  }),
  modelDefaults: withoutInterTask,
  networks: (build) => ({ student: build("train"), teacher: build("evaluate") }),
  predictor: "student",
  schedule: ({ emaDecay, rampShare }, { step, totalSteps }) => ({
    emaDecay: warmedUpDecay(step, emaDecay),
    ramp: sigmoidRamp(step, rampShare * totalSteps),
  }),
  averages: { teacher: { of: "student", decay: "emaDecay" } },
  losses({ nets, labelled, unlabelled, scalars, options }) {
    const onLabelled = nets.student(labelled.image, "labelled");
    const onStrong = nets.student(unlabelled.strong, "unlabelled");
    const target = nets.teacher(unlabelled.weak, "unlabelled");
    const { classification, segmentation } = supervisedLosses(onLabelled, labelled, {
      pooling: options.dicePooling,
    });
    return {
      terms: {
        supervisedClass: { loss: classification, weight: 1 },
        supervisedMask: { loss: segmentation, weight: 1 },
        consistencyClass: {
          loss: probabilityDistance(onStrong.classLogits, target.classLogits),
          weight: rampedWeight(scalars.ramp, options.classWeight),
        },
        consistencyMask: {
          loss: probabilityDistance(onStrong.maskLogits, target.maskLogits),
          weight: rampedWeight(scalars.ramp, options.maskWeight),
        },
      },
    };
  },
});
