import type { CheckpointTensors } from "./checkpoint.js";

/** Batch norm folded away, or the mapping that a file with batch norm needs. */
export type MobileNetForm = "folded" | "mobilenet-v2-timm" | "mobilenet-v2-torchvision";

/** A tensor that only files of that form have. */
const TELLTALE = {
  folded: "stem.bias",
  "mobilenet-v2-timm": "conv_stem.weight",
  "mobilenet-v2-torchvision": "features.0.0.weight",
} as const satisfies Record<MobileNetForm, string>;

const forms = Object.keys(TELLTALE).filter((form): form is MobileNetForm => form in TELLTALE);

/** By form: whose input range and padding the weights were trained with, a value of the light pair's option `encoder`. */
export const encoderOfForm = {
  folded: "tensorflow",
  "mobilenet-v2-timm": "torch",
  "mobilenet-v2-torchvision": "torch",
} as const satisfies Record<MobileNetForm, string>;

/** @returns in which form a file holds a public MobileNetV2; nothing for other files and for this project's names */
export function mobileNetForm(tensors: CheckpointTensors): MobileNetForm | undefined {
  return forms.find((candidate) => tensors.has(TELLTALE[candidate]));
}
