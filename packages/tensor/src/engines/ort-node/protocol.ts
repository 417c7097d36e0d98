import type { DType, HostArray, HostData } from "../../dtype.js";
import type { TensorType } from "../../shape.js";
import type { NonFiniteGradient } from "../../optim/clip-gradients.js";
import type { OutputBinding } from "../output-binding.js";
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
      readonly kind: "open";
      readonly id: number;
      readonly model: Uint8Array;
      readonly session: SessionSettings;
    }
  | {
      readonly kind: "predict";
      readonly id: number;
      readonly session: number;
      readonly feeds: readonly WireArray[];
      /** Names of the wanted outputs. */
      readonly outputs: readonly string[];
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
  | { readonly kind: "release"; readonly id: number; readonly session: number }
  | { readonly kind: "measure"; readonly id: number }
  | { readonly kind: "close"; readonly id: number };

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
  | {
      readonly kind: "opened";
      readonly id: number;
      readonly session: number;
      readonly inputs: readonly string[];
      readonly outputs: readonly string[];
    }
  | { readonly kind: "ran"; readonly id: number; readonly outputs: readonly WireArray[] }
  | { readonly kind: "stepped"; readonly id: number; readonly result: StepResult }
  | { readonly kind: "snapshot"; readonly id: number; readonly snapshot: TrainingSnapshot }
  | { readonly kind: "restored"; readonly id: number }
  | { readonly kind: "released"; readonly id: number }
  | { readonly kind: "measured"; readonly id: number; readonly usage: EngineUsage }
  | { readonly kind: "closed"; readonly id: number }
  | { readonly kind: "failed"; readonly id: number; readonly failure: Failure };

/** What an engine's thread holds. */
export interface EngineUsage {
  /** Programs that hold native memory: 0 once all were disposed of. */
  readonly sessions: number;
  /** JavaScript objects. */
  readonly heapBytes: number;
  /** Arrays: parameters, optimiser state, results. */
  readonly arrayBytes: number;
}

/** An error on its way between threads, so that the caller gets one of the same class. */
export type Failure =
  | { readonly kind: "runtime"; readonly message: string }
  | {
      readonly kind: "refused";
      readonly what: string;
      readonly got: string;
      readonly wanted: string;
      readonly fix: string;
    }
  | { readonly kind: "non-finite"; readonly gradients: readonly NonFiniteGradient[] };

/** Which reply answers which request. */
export const replyTo = {
  probe: "probed",
  compile: "compiled",
  run: "ran",
  open: "opened",
  predict: "ran",
  train: "compiled",
  step: "stepped",
  snapshot: "snapshot",
  restore: "restored",
  release: "released",
  measure: "measured",
  close: "closed",
} as const satisfies { readonly [K in Request["kind"]]: Reply["kind"] };

export function toWire(arrays: Readonly<Record<string, HostArray>>): WireArray[] {
  return Object.entries(arrays).map(([name, { dtype, shape, data }]) => ({ name, dtype, shape, data }));
}

export function toFetches(arrays: readonly WireArray[]): Record<string, HostArray> {
  return Object.fromEntries(arrays.map(({ name, dtype, shape, data }) => [name, { dtype, shape, data }]));
}
