import type { DType, HostData } from "../../dtype.js";

/** What the engine's thread is asked to do. Arrays are shared or moved, never copied twice. */
export type Request =
  | { readonly kind: "probe"; readonly id: number }
  | {
      readonly kind: "compile";
      readonly id: number;
      readonly model: Uint8Array;
      readonly session: SessionSettings;
    }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly session: number;
      readonly feeds: readonly WireArray[];
    }
  | { readonly kind: "release"; readonly id: number; readonly session: number };

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
  | { readonly kind: "released"; readonly id: number }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };
