import type { ValidationScores } from "./validation.js";

/** What a run tells while it goes on; one JSON line each in events.jsonl. */
export type TrainingEvent =
  | { readonly kind: "start"; readonly step: number; readonly runId: string }
  | {
      readonly kind: "step";
      /** Steps done. */
      readonly step: number;
      /** Losses, terms, measures and times are means over the steps since the last such line. */
      readonly loss: number;
      readonly terms: Readonly<Record<string, number>>;
      /** Schedule and learning rates of this step. */
      readonly numbers: Readonly<Record<string, number>>;
      readonly measures: Readonly<Record<string, number>>;
      readonly gradientNorms: Readonly<Record<string, number>>;
      /** Share of used class pseudo-labels that are right, on data whose labels are hidden from training. */
      readonly pseudoClassAccuracy: number | null;
      /** Lesion Dice of the used pixels of mask pseudo-labels, this step's, against outlines hidden from training. */
      readonly pseudoMaskDice: number | null;
      readonly stepMs: number;
      readonly waitedMs: number;
    }
  | {
      readonly kind: "validation";
      readonly step: number;
      readonly scores: ValidationScores;
      readonly selection: number | null;
      readonly best: "yes" | "no";
    }
  | { readonly kind: "warning"; readonly step: number; readonly code: WarningCode; readonly message: string }
  | { readonly kind: "end"; readonly step: number; readonly reason: EndReason };

export type WarningCode =
  | "keep-rate-zero"
  | "keep-rate-one"
  | "pseudo-labels-collapsed"
  | "term-always-zero"
  | "not-finite"
  | "checkpoint";
export type EndReason = "finished" | "no-gain" | "interrupted" | "not-finite";
