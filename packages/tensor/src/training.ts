import { gradientsOf } from "./autodiff.js";
import type { HostArray } from "./dtype.js";
import type { Feeds, Fetches } from "./engine.js";
import { TensorError } from "./errors.js";

import { stack } from "./ops/concat.js";
import { sumSquares } from "./ops/sum-squares.js";
import { type Arena, createArena } from "./optim/arena.js";
import { clipScale, NonFiniteGradientError } from "./optim/clip-gradients.js";
import { emaUpdate } from "./optim/ema.js";
import {
  createOptimizer,
  type Optimizer,
  type OptimizerSpec,
  type OptimizerState,
  type ParameterGroup,
  slotsOf,
} from "./optim/optimizer.js";
import { type Program, trace } from "./program.js";
import type { StepInputs } from "./step-inputs.js";
import type { Tensor } from "./tensor.js";

/** One optimiser and the parameters that it moves. Plain data, so that it can go to the engine's thread. */
export interface TrainedGroup {
  readonly name: string;
  readonly optimizer: OptimizerSpec;
  /** Names of the parameters, which are inputs of the program. */
  readonly parameters: readonly string[];
  /** Group per parameter where the default (full rate, weight decay) does not hold. */
  readonly groups: Readonly<Record<string, ParameterGroup>>;
  /** Name of the number in each step's `numbers` that is the learning rate. */
  readonly learningRate: string;
  /** Largest norm of all gradients of the group together; `null`: not clipped. */
  readonly clipNorm: number | null;
}

/** What follows a run of the program: which arrays stay with the engine and how each changes. */
export interface TrainingPlan {
  readonly trained: readonly TrainedGroup[];
  /** target = decay * target + (1 - decay) * source, after the optimisers; `decay` names a number of the step. */
  readonly averages: readonly { readonly target: string; readonly source: string; readonly decay: string }[];
  /** State that becomes what an output says. */
  readonly assigned: readonly { readonly state: string; readonly output: string }[];
  /** State that moves towards the mean of outputs by a fixed share: running statistics. */
  readonly blended: readonly {
    readonly state: string;
    readonly outputs: readonly string[];
    readonly share: number;
  }[];
}

/** A program for training, with the outputs that {@link TrainingCore} consumes added. */
export interface TrainingProgram {
  readonly program: Program;
  readonly plan: TrainingPlan;
}

const gradientOutput = (parameter: string) => `gradient of ${parameter}`;
const squaresOutput = (group: string) => `squares of ${group}`;

/**
 * Adds the gradients of `loss` to a program's outputs.
 * @param parameters every trained parameter's input tensor by name
 */
export function traceTraining(
  loss: Tensor,
  parameters: ReadonlyMap<string, Tensor>,
  outputs: Readonly<Record<string, Tensor>>,
  plan: TrainingPlan,
): TrainingProgram {
  const names = plan.trained.flatMap((group) => group.parameters);
  const gradients = gradientsOf(
    loss,
    names.map((name) => parameters.get(name)!),
  );
  const byName = new Map(names.map((name, i) => [name, gradients[i]!]));
  const all: Record<string, Tensor> = { ...outputs };
  for (const group of plan.trained) {
    for (const name of group.parameters) all[gradientOutput(name)] = byName.get(name)!;
    all[squaresOutput(group.name)] = stack(
      group.parameters.map((name) => sumSquares(byName.get(name)!)),
      0,
    );
  }
  return { program: trace(all), plan };
}

/** All that a training session remembers, as copies. */
export interface TrainingSnapshot {
  readonly state: Readonly<Record<string, HostArray>>;
  readonly optimizers: Readonly<Record<string, OptimizerState>>;
}

export interface StepResult {
  /** The outputs that no update consumed. */
  readonly outputs: Fetches;
  /** L2 norm of each group's gradients before clipping. */
  readonly gradientNorms: Readonly<Record<string, number>>;
}

/** A program whose state lives with the engine. */
export interface TrainingSession extends AsyncDisposable {
  /**
   * One step: runs the program, then optimisers, averages and state.
   * @param numbers scalars of this step; those that are inputs of the program are also fed to it
   * @throws NonFiniteGradientError before anything changes
   */
  step(feeds: Feeds, numbers: Readonly<Record<string, number>>): Promise<StepResult>;
  snapshot(): Promise<TrainingSnapshot>;
  restore(snapshot: TrainingSnapshot): Promise<void>;
}

/** The host's half of a training step: updates plain arrays in place, wherever the engine runs. */
export class TrainingCore {
  /**
   * Arrays by name of the output that is a gradient. A run may write there and return them, which saves the
   * optimisers a copy; it need not.
   */
  readonly gradientHomes: ReadonlyMap<string, Float32Array>;
  readonly #arena: Arena;
  readonly #state: ReadonlyMap<string, HostArray>;
  readonly #optimizers = new Map<string, Optimizer>();
  readonly #consumed: ReadonlySet<string>;

  constructor(
    private readonly training: { readonly program: Pick<Program, "inputs">; readonly plan: TrainingPlan },
    initial: Readonly<Record<string, HostArray>>,
    private readonly run: (feeds: Feeds) => Promise<Fetches>,
  ) {
    const { plan } = training;
    const parameters = plan.trained.flatMap((group) => group.parameters);
    this.#arena = createArena(arrayLengths(plan, initial));
    this.#state = new Map(
      Object.entries(initial).map(([name, array]) => [name, copyInto(this.#arena, array)]),
    );
    this.gradientHomes = new Map(
      parameters.map((name) => [gradientOutput(name), this.#arena.allocate(this.#floats(name).length)]),
    );
    for (const group of plan.trained) {
      const arrays = new Map(group.parameters.map((name) => [name, this.#floats(name)]));
      const everything: ParameterGroup = { name: group.name, learningRateScale: 1, weightDecay: "apply" };
      this.#optimizers.set(
        group.name,
        createOptimizer(group.optimizer, arrays, (name) => group.groups[name] ?? everything, this.#arena),
      );
    }
    this.#consumed = new Set([
      ...plan.trained.flatMap((group) => [
        squaresOutput(group.name),
        ...group.parameters.map(gradientOutput),
      ]),
      ...plan.assigned.map(({ output }) => output),
      ...plan.blended.flatMap(({ outputs }) => outputs),
    ]);
  }

  async step(feeds: Feeds, numbers: Readonly<Record<string, number>>): Promise<StepResult> {
    const all: Record<string, HostArray> = { ...feeds };
    for (const [name] of this.training.program.inputs) {
      const state = this.#state.get(name);
      if (state !== undefined) all[name] = state;
      else if (numbers[name] !== undefined) {
        all[name] = { dtype: "float32", shape: [], data: new Float32Array([numbers[name]]) };
      }
    }
    const results = await this.run(all);
    const gradientNorms = this.#optimise(results, numbers);
    this.#follow(results, numbers);
    const outputs = Object.entries(results).filter(([name]) => !this.#consumed.has(name));
    return { outputs: Object.fromEntries(outputs), gradientNorms };
  }

  snapshot(): TrainingSnapshot {
    const state = [...this.#state].map(
      ([name, array]) => [name, { ...array, data: array.data.slice() }] as const,
    );
    const optimizers = [...this.#optimizers].map(
      ([name, optimizer]) => [name, copyState(optimizer.state())] as const,
    );
    return { state: Object.fromEntries(state), optimizers: Object.fromEntries(optimizers) };
  }

  restore({ state, optimizers }: TrainingSnapshot): void {
    for (const [name, array] of this.#state) {
      const saved = state[name];
      if (saved === undefined || saved.data.length !== array.data.length) {
        const got = saved === undefined ? "nothing" : `${saved.data.length} numbers`;
        throw new TensorError(
          `restoring ${name}`,
          got,
          `${array.data.length} numbers`,
          "resume with the plan that wrote it",
        );
      }
    }
    for (const [name, array] of this.#state) array.data.set(state[name]!.data);
    for (const [name, optimizer] of this.#optimizers) optimizer.restore(optimizers[name]!);
  }

  #optimise(results: Fetches, numbers: Readonly<Record<string, number>>): Record<string, number> {
    const norms: Record<string, number> = {};
    const { trained } = this.training.plan;
    for (const group of trained) norms[group.name] = this.#checkedNorm(group, results);
    for (const group of trained) {
      const gradients = new Map(
        group.parameters.map((name) => [name, results[gradientOutput(name)]!.data as Float32Array]),
      );
      const scale = group.clipNorm === null ? 1 : clipScale(norms[group.name]!, group.clipNorm);
      this.#optimizers.get(group.name)!.step(gradients, required(numbers, group.learningRate), scale);
    }
    return norms;
  }

  #checkedNorm(group: TrainedGroup, results: Fetches): number {
    const squares = Float64Array.from(results[squaresOutput(group.name)]!.data);
    const bad = group.parameters.filter((_, i) => !Number.isFinite(squares[i]));
    if (bad.length > 0) {
      throw new NonFiniteGradientError(
        bad.map((name) => {
          const gradient = Float64Array.from(results[gradientOutput(name)]!.data);
          const firstIndex = Math.max(
            0,
            gradient.findIndex((value) => !Number.isFinite(value)),
          );
          const count = gradient.reduce((total, value) => total + (Number.isFinite(value) ? 0 : 1), 0);
          return { name, count, firstIndex, firstValue: gradient[firstIndex]! };
        }),
      );
    }
    return Math.sqrt(squares.reduce((total, value) => total + value, 0));
  }

  #follow(results: Fetches, numbers: Readonly<Record<string, number>>): void {
    const { averages, assigned, blended } = this.training.plan;
    for (const { state, outputs, share } of blended) {
      const target = this.#floats(state);
      const passes = outputs.map((name) => results[name]!.data);
      for (let i = 0; i < target.length; i++) {
        let total = 0;
        for (const pass of passes) total += pass[i]!;
        target[i] = (1 - share) * target[i]! + (share * total) / passes.length;
      }
    }
    for (const { state, output } of assigned) this.#state.get(state)!.data.set(results[output]!.data);
    for (const { target, source, decay } of averages) {
      emaUpdate(
        new Map([["", this.#floats(target)]]),
        new Map([["", this.#floats(source)]]),
        required(numbers, decay),
        this.#arena.kernels,
      );
    }
  }

  #floats(name: string): Float32Array {
    const data = this.#state.get(name)?.data;
    if (!(data instanceof Float32Array)) {
      throw new TensorError(
        "training state",
        `no float32 array ${name}`,
        "an initial value for all state",
        "add it",
      );
    }
    return data;
  }
}

/** Lengths of the state, and for each parameter of its gradient and its optimiser's arrays. */
function arrayLengths(plan: TrainingPlan, initial: Readonly<Record<string, HostArray>>): number[] {
  const lengths = Object.values(initial)
    .filter(({ data }) => data instanceof Float32Array)
    .map(({ data }) => data.length);
  for (const { optimizer, parameters } of plan.trained) {
    const arraysEach = 1 + slotsOf(optimizer).length;
    for (const name of parameters) {
      for (let i = 0; i < arraysEach; i++) lengths.push(initial[name]?.data.length ?? 0);
    }
  }
  return lengths;
}

function copyInto(arena: Arena, array: HostArray): HostArray {
  if (!(array.data instanceof Float32Array)) return { ...array, data: array.data.slice() };
  const data = arena.allocate(array.data.length);
  data.set(array.data);
  return { ...array, data };
}

function required(numbers: Readonly<Record<string, number>>, name: string): number {
  const value = numbers[name];
  if (value === undefined) {
    throw new TensorError(
      "training step",
      `no number ${name}`,
      "all numbers that the plan names",
      "add it to the step",
    );
  }
  return value;
}

function copyState(state: OptimizerState): OptimizerState {
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => [key, typeof value === "number" ? value : value.slice()]),
  );
}

/** A session in the calling thread, for engines that run there. */
export function localTraining(
  core: TrainingCore,
  inputs: StepInputs,
  dispose: () => Promise<void>,
): TrainingSession {
  return {
    async step(feeds, numbers) {
      inputs.check(feeds, numbers);
      return core.step(feeds, numbers);
    },
    snapshot: async () => core.snapshot(),
    restore: async (snapshot) => core.restore(snapshot),
    [Symbol.asyncDispose]: dispose,
  };
}
