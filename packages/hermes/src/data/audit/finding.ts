import { z } from "zod";

export const severitySchema = z.enum(["info", "warning", "blocking"]);
export type Severity = z.output<typeof severitySchema>;

/** Everything the audit can say: how bad it is and what it means. */
export const findingKinds = {
  "unreadable-file": { severity: "blocking", meaning: "an image or mask cannot be read" },
  "changed-file": { severity: "blocking", meaning: "an image is not the one that was imported" },
  "label-conflict": { severity: "blocking", meaning: "copies of one image have different classes" },
  "mask-conflict": { severity: "blocking", meaning: "copies of one image have different outlines" },
  "split-leak": {
    severity: "blocking",
    meaning: "a patient or a group of copies is in two parts of a split",
  },
  "exact-duplicate": { severity: "warning", meaning: "images with equal pixels" },
  "near-duplicate": { severity: "warning", meaning: "images of one frame, changed a little" },
  "mask-size": {
    severity: "warning",
    meaning: "a mask of another size than its image; it is stretched to fit",
  },
  "mask-values": { severity: "warning", meaning: "a mask with grey levels; the upper half counts as lesion" },
  "mask-lossy": { severity: "warning", meaning: "a mask stored as JPEG, its edge is blurred" },
  "mask-alpha": { severity: "warning", meaning: "a mask with an alpha channel" },
  "mask-empty": { severity: "warning", meaning: "an image of a lesion class whose mask is empty" },
  "mask-on-normal": {
    severity: "warning",
    meaning: "an image outside the lesion classes whose mask is not empty",
  },
  "mask-specks": { severity: "warning", meaning: "a mask with tiny stray parts" },
  "mask-large": { severity: "warning", meaning: "a mask that covers most of its image" },
  "mask-misplaced": {
    severity: "warning",
    meaning: "an outline that would fit far better elsewhere in its image",
  },
  "mask-border": { severity: "info", meaning: "a lesion that touches the edge of its image" },
  "image-colour": { severity: "warning", meaning: "coloured pixels: Doppler, or coloured marks" },
  "image-dual-view": { severity: "warning", meaning: "two pictures side by side" },
  "image-constant": { severity: "warning", meaning: "a plain surface" },
  "image-aspect": { severity: "warning", meaning: "more than three times as wide as high, or the reverse" },
  "image-size": { severity: "warning", meaning: "a size far from that of the others" },
  "image-border": { severity: "info", meaning: "black margins" },
  "image-text": { severity: "info", meaning: "burned-in text" },
  "image-calipers": { severity: "info", meaning: "burned-in measuring crosses" },
  "source-shortcut": { severity: "warning", meaning: "size or brightness alone predicts the class" },
  "stale-decision": { severity: "warning", meaning: "a decision about images that are in no conflict" },
} as const satisfies Record<string, { severity: Severity; meaning: string }>;
export type FindingCode = keyof typeof findingKinds;

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Images concerned, in code-unit order. */
  readonly ids: readonly string[];
  readonly message: string;
}

/** @returns a finding with the severity of its kind, or another if the case is milder */
export function finding(
  code: FindingCode,
  ids: readonly string[],
  message: string,
  severity?: Severity,
): Finding {
  return { code, severity: severity ?? findingKinds[code].severity, ids: [...ids].sort(), message };
}
