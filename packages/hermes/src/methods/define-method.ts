import type { HostArray, Tensor } from "@hermes-us/tensor";
import type { z } from "zod";
import type { JointNet } from "../nn/joint-net.js";
import type { Mode } from "../nn/scope.js";

/** Images with what is known of them, as traced tensors. */
export interface LabelledViews {
  /** [N, 1, H, W], 0 to 1 */
  readonly image: Tensor;
  /** int32 [N, H, W] */
  readonly mask: Tensor;
  /** int32 [N] */
  readonly label: Tensor;
  /** [N], 1 where the outline is known, else 0 */
  readonly hasMask: Tensor;
  /** [N], 1 where the class is known, else 0 */
  readonly hasClass: Tensor;
}

/** Two views of unlabelled images with the same geometry; no method can see a label here. */
export interface UnlabelledViews {
  /** [N, 1, H, W], 0 to 1 */
  readonly weak: Tensor;
  readonly strong: Tensor;
}

export interface Progress {
  /** 0-based optimiser step. */
  readonly step: number;
  readonly totalSteps: number;
}

/** One summand of the objective; logged under its name. */
export interface Term {
  readonly loss: Tensor;
  readonly weight: Tensor | number;
}

/** What a method learns from. */
export type DataNeed = "labelled" | "labelled-and-unlabelled";

export interface MethodContext<N extends string, S extends string, D extends DataNeed, O> {
  readonly nets: Readonly<Record<N, JointNet>>;
  readonly labelled: LabelledViews;
  readonly unlabelled: D extends "labelled" ? null : UnlabelledViews;
  /** The numbers of `schedule`, as scalar tensors. */
  readonly scalars: Readonly<Record<S, Tensor>>;
  readonly options: O;
  readonly classes: number;
  readonly maskClasses: number;
  /** A tensor that is kept from step to step; what it becomes is returned as `next`. */
  state(name: string, initial: HostArray): Tensor;
  /** Uniform random numbers in [0, 1), fresh at every step. */
  uniform(name: string, shape: readonly number[]): Tensor;
}

export interface MethodResult {
  readonly terms: Readonly<Record<string, Term>>;
  /** State of the next step by the names given to `state`. */
  readonly next?: Readonly<Record<string, Tensor>>;
  /** Scalars to log: keep rates, thresholds. */
  readonly measures?: Readonly<Record<string, Tensor>>;
  /** Pseudo-labels and how sure they are, for pictures and for checks against hidden labels. */
  readonly pseudo?: PseudoView;
}

export interface PseudoView {
  /** int32 [N] */
  readonly label: Tensor;
  /** float32 [N], 1 = used */
  readonly keepImages: Tensor;
  /** int32 [N, H, W] */
  readonly mask: Tensor;
  /** float32 [N, H, W], 1 = used */
  readonly keepPixels: Tensor;
}

/** A semi-supervised method, whole in one frozen object. The trainer owns everything else. */
export interface Method<
  Name extends string = string,
  O extends z.ZodObject = z.ZodObject,
  N extends string = string,
  S extends string = string,
  D extends DataNeed = DataNeed,
> {
  readonly name: Name;
  readonly title: string;
  readonly paper: string;
  readonly data: D;
  readonly options: O;
  /** What options of the model are under this method, in every profile, unless the user says otherwise, where the model has them. */
  readonly modelDefaults?: Readonly<Record<string, unknown>>;
  /** Networks the method owns; one that is averaged (see `averages`) is never trained. */
  networks(build: (mode: Mode) => JointNet, options: z.output<O>): Record<N, JointNet>;
  /** The network that predicts after training. */
  readonly predictor: NoInfer<N>;
  /** Every number that changes from step to step. Runs on the host; fed to the program. */
  schedule(options: z.output<O>, progress: Progress): Record<S, number>;
  /** Traced once. Pure: reads its arguments, returns named terms. */
  losses(context: MethodContext<N, NoInfer<S>, D, z.output<O>>): MethodResult;
  readonly averages?: Partial<Record<NoInfer<N>, { readonly of: NoInfer<N>; readonly decay: NoInfer<S> }>>;
}

/** Passing information between the networks belongs to Hermes: the others are compared with it as they were published. */
export const withoutInterTask = Object.freeze({
  saliency: "off",
  attention: "off",
  lesionDescriptors: "off",
  classView: "image",
});

export function defineMethod<
  const Name extends string,
  O extends z.ZodObject,
  N extends string,
  S extends string,
  const D extends DataNeed,
>(method: Method<Name, O, N, S, D>): Method<Name, O, N, S, D> {
  return Object.freeze(method);
}
