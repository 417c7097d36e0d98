import { TensorError } from "../errors.js";
import { type AdamSpec, adam } from "./adam.js";
import { type AdamWSpec, adamw } from "./adamw.js";
import { type Arena, heapArena } from "./arena.js";
import type { Kernels } from "./kernels.js";
import { type SgdSpec, sgd } from "./sgd.js";
import type { UpdateRule } from "./update-rule.js";

export type OptimizerSpec = SgdSpec | AdamSpec | AdamWSpec;

/** How the parameters of one group are treated. */
export interface ParameterGroup {
  /** The name under which a learning rate per group is looked up. */
  readonly name: string;
  /** Multiplies the learning rate. */
  readonly learningRateScale: number;
  readonly weightDecay: "apply" | "exclude";
}

/** One rate for all groups, or one for each group by name. */
export type LearningRate = number | Readonly<Record<string, number>>;

/** All that an optimiser must remember; keys are `step` and `<slot>/<parameter>`. */
export type OptimizerState = Record<string, Float32Array | number>;

export interface Optimizer {
  /**
   * Updates every parameter in place. Wrong names, lengths or rates are refused before anything changes.
   * @param gradientScale multiplies every gradient: see `clipScale`. Default: 1.
   */
  step(
    gradients: ReadonlyMap<string, Float32Array>,
    learningRate: LearningRate,
    gradientScale?: number,
  ): void;
  /** @returns the live arrays, not copies: write or copy them before the next step. */
  state(): OptimizerState;
  /** Copies a saved state in; the next step is then bit for bit what it would have been. */
  restore(state: Readonly<OptimizerState>): void;
}

/** A parameter that was given no optimiser state, gradient or rate that fits, or a spec out of range. */
export class OptimizerError extends TensorError {
  override readonly name = "OptimizerError";
}

const EVERYTHING: ParameterGroup = { name: "all", learningRateScale: 1, weightDecay: "apply" };

/**
 * @param parameters the arrays to train, changed in place by each step.
 * @param groupOf the group of a parameter by its name; all in one group, with weight decay, if left out.
 * @param arena where the parameters are and the optimiser's state goes: `slotsOf(spec)` arrays per parameter.
 */
export function createOptimizer(
  spec: OptimizerSpec,
  parameters: ReadonlyMap<string, Float32Array>,
  groupOf: (name: string) => ParameterGroup = () => EVERYTHING,
  arena: Arena = heapArena,
): Optimizer {
  checkSpec(spec);
  return new SlotOptimizer(ruleOf(spec), parameters, groupOf, arena);
}

/** @returns the names of the arrays that the optimiser keeps for each parameter, each as long as the parameter. */
export function slotsOf(spec: OptimizerSpec): readonly string[] {
  return ruleOf(spec).slots;
}

interface Entry {
  readonly name: string;
  readonly parameter: Float32Array;
  readonly group: ParameterGroup;
  readonly slots: readonly Float32Array[];
}

class SlotOptimizer implements Optimizer {
  readonly #rule: UpdateRule;
  readonly #entries: readonly Entry[];
  readonly #kernels: Kernels;
  #steps = 0;

  constructor(
    rule: UpdateRule,
    parameters: ReadonlyMap<string, Float32Array>,
    groupOf: (name: string) => ParameterGroup,
    arena: Arena,
  ) {
    this.#rule = rule;
    this.#kernels = arena.kernels;
    this.#entries = [...parameters].map(([name, parameter]) => ({
      name,
      parameter,
      group: groupOf(name),
      slots: rule.slots.map(() => arena.allocate(parameter.length)),
    }));
  }

  step(gradients: ReadonlyMap<string, Float32Array>, learningRate: LearningRate, gradientScale = 1): void {
    const work = this.#entries.map((entry) => ({
      entry,
      gradient: gradientOf(entry, gradients),
      rate: rateOf(entry.group, learningRate),
    }));
    if (gradients.size !== this.#entries.length) refuseUnknownGradients(this.#entries, gradients);
    this.#steps++;
    for (const { entry, gradient, rate } of work) {
      this.#rule.update(this.#kernels, entry.parameter, gradient, entry.slots, {
        rate: rate * entry.group.learningRateScale,
        decay: entry.group.weightDecay === "apply" ? this.#rule.weightDecay : 0,
        gradientScale,
        step: this.#steps,
      });
    }
  }

  state(): OptimizerState {
    const state: OptimizerState = { step: this.#steps };
    for (const [key, slot] of this.#slotsByKey()) state[key] = slot;
    return state;
  }

  restore(state: Readonly<OptimizerState>): void {
    const slots = this.#slotsByKey();
    const { step } = state;
    if (typeof step !== "number" || !Number.isSafeInteger(step) || step < 0) {
      throw stateError(`step ${String(step)}`, "a whole number >= 0");
    }
    for (const key of Object.keys(state)) {
      if (key !== "step" && !slots.has(key))
        throw stateError(`an entry "${key}"`, describeKeys(slots.keys()));
    }
    for (const [key, slot] of slots) {
      const saved = state[key];
      if (!(saved instanceof Float32Array) || saved.length !== slot.length) {
        const got = saved instanceof Float32Array ? `${saved.length} numbers` : String(saved);
        throw stateError(`${got} for "${key}"`, `${slot.length} numbers`);
      }
    }
    for (const [key, slot] of slots) slot.set(state[key] as Float32Array);
    this.#steps = step;
  }

  #slotsByKey(): Map<string, Float32Array> {
    const slots = new Map<string, Float32Array>();
    for (const entry of this.#entries) {
      this.#rule.slots.forEach((slot, i) => {
        slots.set(`${slot}/${entry.name}`, entry.slots[i]!);
      });
    }
    return slots;
  }
}

function ruleOf(spec: OptimizerSpec): UpdateRule {
  switch (spec.kind) {
    case "sgd":
      return sgd(spec);
    case "adam":
      return adam(spec);
    case "adamw":
      return adamw(spec);
  }
}

function checkSpec(spec: OptimizerSpec): void {
  const share = (name: string, value: number) => {
    if (!(value >= 0 && value < 1)) throw specError(spec, `${name} ${value}`, `${name} in [0, 1)`);
  };
  if (!(spec.weightDecay >= 0 && spec.weightDecay < Number.POSITIVE_INFINITY)) {
    throw specError(spec, `weightDecay ${spec.weightDecay}`, "weightDecay >= 0");
  }
  if (spec.kind === "sgd") {
    share("momentum", spec.momentum);
    if (spec.momentumForm === "nesterov" && spec.momentum === 0) {
      throw specError(spec, "Nesterov momentum 0", "momentum above 0");
    }
    return;
  }
  share("beta1", spec.beta1);
  share("beta2", spec.beta2);
  if (!(spec.epsilon >= 0 && spec.epsilon < Number.POSITIVE_INFINITY)) {
    throw specError(spec, `epsilon ${spec.epsilon}`, "epsilon >= 0");
  }
}

function gradientOf(entry: Entry, gradients: ReadonlyMap<string, Float32Array>): Float32Array {
  const gradient = gradients.get(entry.name);
  if (gradient === undefined || gradient.length !== entry.parameter.length) {
    throw new OptimizerError(
      `optimiser step: gradient of "${entry.name}"`,
      gradient === undefined ? "none" : `${gradient.length} numbers`,
      `${entry.parameter.length} numbers`,
      "pass one gradient for each parameter that createOptimizer was given",
    );
  }
  return gradient;
}

function refuseUnknownGradients(
  entries: readonly Entry[],
  gradients: ReadonlyMap<string, Float32Array>,
): void {
  const known = new Set(entries.map(({ name }) => name));
  const unknown = [...gradients.keys()].filter((name) => !known.has(name));
  throw new OptimizerError(
    "optimiser step",
    `gradients of unknown parameters ${unknown.map((name) => `"${name}"`).join(", ")}`,
    describeKeys(known),
    "pass one gradient for each parameter that createOptimizer was given",
  );
}

function rateOf(group: ParameterGroup, learningRate: LearningRate): number {
  const rate = typeof learningRate === "number" ? learningRate : learningRate[group.name];
  if (rate === undefined || !(rate >= 0 && rate < Number.POSITIVE_INFINITY)) {
    throw new OptimizerError(
      `optimiser step: learning rate of group "${group.name}"`,
      String(rate),
      "a finite number >= 0",
      "pass one number, or one for each group's name",
    );
  }
  return rate;
}

function specError(spec: OptimizerSpec, got: string, wanted: string): OptimizerError {
  return new OptimizerError(`optimiser "${spec.kind}"`, got, wanted, "correct the optimiser's settings");
}

function stateError(got: string, wanted: string): OptimizerError {
  return new OptimizerError(
    "restoring an optimiser's state",
    got,
    wanted,
    "restore a state that was saved with the same optimiser kind and the same parameters",
  );
}

function describeKeys(keys: Iterable<string>): string {
  const all = [...keys];
  const shown = all
    .slice(0, 5)
    .map((each) => `"${each}"`)
    .join(", ");
  return all.length > 5 ? `one of ${all.length} names (${shown}, ...)` : `one of ${shown || "no names"}`;
}
