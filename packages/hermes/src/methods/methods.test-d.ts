import { constant } from "@hermes-us/tensor";
import { z } from "zod";
import { defineMethod, type UnlabelledViews } from "./define-method.js";
import { supervisedLosses } from "./supervised-terms.js";

const common = {
  title: "a method",
  paper: "https://example.org",
  data: "labelled-and-unlabelled",
  options: z.strictObject({ decay: z.number().default(0.9) }),
  schedule: () => ({ ramp: 1, emaDecay: 0.9 }),
} as const;

export const right = defineMethod({
  ...common,
  name: "right",
  networks: (build) => ({ student: build("train"), teacher: build("evaluate") }),
  predictor: "student",
  averages: { teacher: { of: "student", decay: "emaDecay" } },
  losses: ({ nets, labelled, unlabelled, scalars, options }) => {
    nets.teacher(unlabelled.weak, "unlabelled");
    const { segmentation } = supervisedLosses(nets.student(labelled.image, "labelled"), labelled, {
      pooling: "image",
    });
    return {
      terms: {
        all: { loss: segmentation, weight: scalars.ramp },
        none: { loss: constant(options.decay), weight: 0 },
      },
    };
  },
});

export const wrongNames = defineMethod({
  ...common,
  name: "wrong",
  networks: (build) => ({ student: build("train"), teacher: build("evaluate") }),
  predictor: "student",
  losses: ({ nets, unlabelled, scalars, options }) => {
    // @ts-expect-error no such network
    nets.techer(unlabelled.weak);
    // @ts-expect-error no such number
    const weight = scalars.rmap;
    // @ts-expect-error no such option
    const loss = constant(options.dekay);
    // @ts-expect-error methods see no labels of unlabelled images
    const label = unlabelled.label;
    // @ts-expect-error nor their masks
    const mask = unlabelled.mask;
    return { terms: { a: { loss, weight }, b: { loss: label, weight: mask } } };
  },
});

export const wrongPredictor = defineMethod({
  ...common,
  name: "wrong-predictor",
  networks: (build) => ({ student: build("train") }),
  // @ts-expect-error no such network
  predictor: "studend",
  losses: () => ({ terms: {} }),
});

export const wrongAverages = defineMethod({
  ...common,
  name: "wrong-averages",
  networks: (build) => ({ student: build("train"), teacher: build("evaluate") }),
  predictor: "student",
  averages: {
    // @ts-expect-error no such number
    teacher: { of: "student", decay: "emadecay" },
  },
  losses: () => ({ terms: {} }),
});

export const noUnlabelled = defineMethod({
  ...common,
  data: "labelled",
  name: "no-unlabelled",
  networks: (build) => ({ student: build("train") }),
  predictor: "student",
  losses: ({ nets, unlabelled }) => {
    // @ts-expect-error a method that needs labelled images alone is given no others
    nets.student(unlabelled.weak);
    return { terms: {} };
  },
});

/** Exactly these keys: a label cannot be added without this line failing. */
export const keys: readonly (keyof UnlabelledViews)[] = ["weak", "strong"] satisfies ("weak" | "strong")[];
type Only<T extends "weak" | "strong"> = T;
export type NoLabel = Only<keyof UnlabelledViews>;
