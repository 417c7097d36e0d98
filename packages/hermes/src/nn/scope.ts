import { input, type Shape, type Tensor } from "@hermes-us/tensor";

/** How a parameter begins. `fanIn` counts the inputs that meet in one output. */
export type Initializer =
  | { readonly kind: "constant"; readonly value: number }
  /** Normal with standard deviation sqrt(2 / fanIn): He et al. 2015, for rectifiers. */
  | { readonly kind: "he-normal"; readonly fanIn: number }
  /** Uniform in ±sqrt(1 / fanIn): PyTorch's default for convolutions and linear layers. */
  | { readonly kind: "uniform"; readonly fanIn: number };

export interface ParameterSpec {
  readonly shape: Shape;
  readonly initializer: Initializer;
}

/** A number per channel that training observes and evaluation uses: a running mean or variance. */
export interface BufferSpec {
  readonly shape: Shape;
  readonly initial: number;
}

export interface MaskSpec {
  readonly shape: Shape;
  readonly keepProb: number;
}

/**
 * `train`, of labelled images: statistics of the batch, which the running ones follow, dropout on. `train-unlabelled`: the same, but the
 * running ones do not follow. `evaluate`: running statistics, dropout off.
 */
export type Mode = "train" | "train-unlabelled" | "evaluate";

/** Collects what the networks of one program declare while they are traced. Names are full paths. */
export class Declarations {
  readonly parameters = new Map<string, ParameterSpec>();
  readonly buffers = new Map<string, BufferSpec>();
  /** Batch statistics by buffer, one entry per pass in training mode. */
  readonly observations = new Map<string, Tensor[]>();
  /** Random keep-masks to feed at every step, by input name. */
  readonly masks = new Map<string, MaskSpec>();
  /** The fed tensor of each parameter and buffer: one per name, since gradients are asked for by identity. */
  readonly tensors = new Map<string, Tensor>();

  /** @returns the fed tensor of this name, the same one at every call */
  tensor(name: string, shape: Shape): Tensor {
    const known = this.tensors.get(name);
    if (known !== undefined) return known;
    const made = input(name, shape);
    this.tensors.set(name, made);
    return made;
  }
}

/** The names of one network, or of a part of it, during one pass. */
export class Scope {
  constructor(
    readonly declarations: Declarations,
    readonly path: string,
    readonly mode: Mode,
  ) {}

  /** @returns the scope of a part; names join with dots as in published checkpoints */
  child(name: string): Scope {
    return new Scope(this.declarations, this.#join(name), this.mode);
  }

  /** @returns the same names in another mode */
  in(mode: Mode): Scope {
    return new Scope(this.declarations, this.path, mode);
  }

  /** A trained tensor; asking again gives the same one. */
  parameter(name: string, shape: Shape, initializer: Initializer): Tensor {
    const full = this.#join(name);
    const known = this.declarations.parameters.get(full);
    if (known !== undefined && known.shape.join() !== shape.join()) {
      throw new Error(`parameter ${full} is declared as [${known.shape.join()}] and [${shape.join()}]`);
    }
    if (known === undefined) this.declarations.parameters.set(full, { shape: [...shape], initializer });
    return this.declarations.tensor(full, shape);
  }

  /** A running statistic, read in evaluation. */
  buffer(name: string, shape: Shape, initial: number): Tensor {
    const full = this.#join(name);
    this.declarations.buffers.set(full, { shape: [...shape], initial });
    return this.declarations.tensor(full, shape);
  }

  /** Tells what this pass measured for a buffer. */
  observe(name: string, shape: Shape, initial: number, measured: Tensor): void {
    const full = this.#join(name);
    this.declarations.buffers.set(full, { shape: [...shape], initial });
    const passes = this.declarations.observations.get(full) ?? [];
    passes.push(measured);
    this.declarations.observations.set(full, passes);
  }

  /** A fresh 0/1 mask at every step, float32. */
  keepMask(name: string, shape: Shape, keepProb: number): Tensor {
    const full = `${this.#join(name)}#${this.declarations.masks.size}`;
    this.declarations.masks.set(full, { shape: [...shape], keepProb });
    return input(full, shape);
  }

  #join(name: string): string {
    return this.path === "" || this.path.endsWith("/") ? `${this.path}${name}` : `${this.path}.${name}`;
  }
}
