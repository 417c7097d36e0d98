import type { DType, HostArray, HostData } from "../../dtype.js";
import type { TensorType } from "../../shape.js";
import type { NonFiniteGradient } from "../../optim/clip-gradients.js";
import type { StepResult, TrainingPlan, TrainingSnapshot } from "../../training.js";

/** What the engine's thread is asked to do. Arrays are shared or moved, never copied twice. */
export type Request =
  | { readonly kind: "probe"; readonly id: number }
  | {
      readonly kind: "compile";
      readonly id: number;
      readonly model: Uint8Array;
      readonly session: SessionSettings;
      readonly outputs: readonly OutputBinding[];
    }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly session: number;
      readonly feeds: readonly WireArray[];
    }
  | {
      readonly kind: "train";
      readonly id: number;
      readonly model: Uint8Array;
      readonly session: SessionSettings;
      readonly plan: TrainingPlan;
      readonly inputs: ReadonlyMap<string, TensorType>;
      readonly outputs: readonly OutputBinding[];
      readonly state: readonly WireArray[];
    }
  | {
      readonly kind: "step";
      readonly id: number;
      readonly session: number;
      readonly feeds: readonly WireArray[];
      readonly numbers: Readonly<Record<string, number>>;
    }
  | { readonly kind: "snapshot"; readonly id: number; readonly session: number }
  | {
      readonly kind: "restore";
      readonly id: number;
      readonly session: number;
      readonly snapshot: TrainingSnapshot;
    }
  | { readonly kind: "release"; readonly id: number; readonly session: number };

/** Which value of the model an output of the program is, and its type in the program. */
export interface OutputBinding {
  readonly name: string;
  readonly value: string;
  readonly type: TensorType;
}

export interface SessionSettings {
  readonly threads: number;
  readonly providers: readonly string[];
}

export interface WireArray {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: HostData;
}

export type Reply =
  | { readonly kind: "probed"; readonly id: number; readonly block: number }
  | { readonly kind: "compiled"; readonly id: number; readonly session: number }
  | { readonly kind: "ran"; readonly id: number; readonly outputs: readonly WireArray[] }
  | { readonly kind: "stepped"; readonly id: number; readonly result: StepResult }
  | { readonly kind: "snapshot"; readonly id: number; readonly snapshot: TrainingSnapshot }
  | { readonly kind: "restored"; readonly id: number }
  | { readonly kind: "released"; readonly id: number }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly message: string;
      readonly nonFinite?: readonly NonFiniteGradient[];
    };

export function toWire(arrays: Readonly<Record<string, HostArray>>): WireArray[] {
  return Object.entries(arrays).map(([name, { dtype, shape, data }]) => ({ name, dtype, shape, data }));
}

export function toFetches(arrays: readonly WireArray[]): Record<string, HostArray> {
  return Object.fromEntries(arrays.map(({ name, dtype, shape, data }) => [name, { dtype, shape, data }]));
}
