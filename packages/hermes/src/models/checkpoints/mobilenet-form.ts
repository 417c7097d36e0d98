import { UserError } from "../../errors.js";
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

/**
 * Tells in which form a file holds MobileNetV2. Folded weights are for the light pair's encoder `tensorflow`, the others
 * for `torch`.
 * @param file what to call it in messages
 * @throws UserError for another file
 */
export function mobileNetForm(tensors: CheckpointTensors, file: string): MobileNetForm {
  const form = forms.find((candidate) => tensors.has(TELLTALE[candidate]));
  if (form !== undefined) return form;
  throw UserError.of(
    file,
    `tensors such as ${[...tensors.keys()].slice(0, 3).join(", ")}`,
    `a MobileNetV2, with ${Object.values(TELLTALE).join(" or ")}`,
    "give weights of MobileNetV2 1.0",
  );
}
