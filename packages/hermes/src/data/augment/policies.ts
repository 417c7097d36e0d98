import { type AugmentationPolicy, augmentationPolicySchema } from "./policy.js";

/** Nothing is varied; weak and strong view are equal. */
const none = augmentationPolicySchema.parse({ name: "none", moves: [], labelledTones: [], strongTones: [] });

/**
 * For training on few images. Depth stays vertical (shadows and enhancement lie below a lesion, tissue layers
 * above): images are mirrored left and right only, rotated a little, cropped and scaled.
 */
const light = augmentationPolicySchema.parse({
  name: "light",
  moves: [{ probability: 1, mirror: "horizontal", rotationDeg: [-10, 10], cropShare: [0.8, 1.05] }],
  labelledTones: [
    { op: "brightness", probability: 1, factor: [0.9, 1.1] },
    { op: "gamma", probability: 0.5, exponent: [0.9, 1.1] },
  ],
  strongTones: [
    { op: "time-gain", probability: 0.5, maxDb: 3 },
    { op: "brightness", probability: 0.8, factor: [0.6, 1.25] },
    { op: "contrast", probability: 0.8, factor: [0.6, 1.3] },
    { op: "gamma", probability: 0.5, exponent: [0.65, 1.5] },
    { op: "equalise", probability: 0.2, share: [0.3, 0.8] },
    { op: "posterise", probability: 0.15, levels: [6, 24] },
    { op: "speckle", probability: 0.5, deviation: [0.04, 0.18] },
    { op: "blur", probability: 0.4, sigmaShare: [0.002, 0.009] },
  ],
});

/**
 * What the released code of Hermes does (Zhang, Lai & Kong, ECAI 2025, arXiv 2508.02265; repository
 * Aventador8/Hermes, September 2025): with probability 0.5 quarter turns and a mirror along one axis, else with
 * 0.5 a rotation of up to 20 degrees; strong view with colour jitter 0.5 at 0.8 and blur of 0.1 to 2 pixels at 224
 * at 0.5. Differs from the code: one bilinear resampling instead of nearest rotation and then a resize; angles are
 * not whole numbers; jitter of saturation and hue does nothing to grey images and is left out; brightness comes
 * before contrast and each has its own draw of 0.8 (there, one draw for both, in random order).
 */
const paper = augmentationPolicySchema.parse({
  name: "paper",
  moves: [
    { probability: 0.5, quarterTurns: "any", mirror: "one-axis" },
    { probability: 0.25, rotationDeg: [-20, 20] },
  ],
  labelledTones: [],
  strongTones: [
    { op: "brightness", probability: 0.8, factor: [0.5, 1.5] },
    { op: "contrast", probability: 0.8, factor: [0.5, 1.5] },
    { op: "blur", probability: 0.5, sigmaShare: [0.1 / 224, 2 / 224] },
  ],
});

export const augmentationPolicies = { none, light, paper } as const satisfies Record<
  string,
  AugmentationPolicy
>;
export type AugmentationPolicyName = keyof typeof augmentationPolicies;
export const augmentationPolicyNames = [
  "light",
  "paper",
  "none",
] as const satisfies readonly AugmentationPolicyName[];
