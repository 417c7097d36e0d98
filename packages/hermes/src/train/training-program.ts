import {
  add,
  constant,
  type HostArray,
  input,
  multiply,
  type OptimizerSpec,
  type ParameterGroup,
  type Tensor,
  type TrainedGroup,
  type TrainingProgram,
  traceTraining,
} from "@hermes-us/tensor";
import type { z } from "zod";
import type { DataNeed, Method, MethodContext, Term, UnlabelledViews } from "../methods/define-method.js";
import { belongsTo, type PretrainedPart } from "../models/pretrained-part.js";
import type { JointModel, JointNet, Pass } from "../nn/joint-net.js";
import { Declarations, type Mode, Scope } from "../nn/scope.js";
import type { TaskSettings, TrainingSettings } from "./settings.js";

export interface TrainingProgramInput {
  readonly method: Method;
  /** Checked by the method's schema. */
  readonly methodOptions: z.output<z.ZodObject>;
  readonly model: JointModel;
  readonly settings: TrainingSettings;
  readonly classes: number;
  /** The parts that begin from public weights. */
  readonly pretrained: readonly PretrainedPart[];
}

/** A method on a model as one program, with all that a step must be fed or starts from. */
export interface MethodProgram {
  readonly training: TrainingProgram;
  readonly declarations: Declarations;
  /** State that the method declared, with its first value. */
  readonly methodState: ReadonlyMap<string, HostArray>;
  /** Shapes of the uniform random inputs by name. */
  readonly uniforms: ReadonlyMap<string, readonly number[]>;
  /** Names of the terms of the objective. */
  readonly terms: readonly string[];
  /** The terms that teach, those of weight 0 left out, as they enter the objective. */
  readonly weightedTerms: ReadonlyMap<string, Tensor>;
  readonly measures: readonly string[];
  /** K, image classes. */
  readonly classes: number;
  /** Network name of the weights that predict: an average where one is kept. */
  readonly evaluated: string;
}

/** Background and lesion. */
export const MASK_CLASSES = 2;

/** The trainer's own average of the predicting network. */
const AVERAGED = "average";

/** Names of the program's inputs and outputs that belong to batches and logs. */
export const stepNames = {
  image: "labelled.image",
  mask: "labelled.mask",
  label: "labelled.label",
  hasMask: "labelled.hasMask",
  hasClass: "labelled.hasClass",
  weak: "unlabelled.weak",
  strong: "unlabelled.strong",
  loss: "loss",
  term: (name: string) => `term.${name}`,
  measure: (name: string) => `measure.${name}`,
  pseudoLabel: "pseudo.label",
  pseudoKeepImages: "pseudo.keepImages",
  pseudoMask: "pseudo.mask",
  pseudoKeepPixels: "pseudo.keepPixels",
  learningRate: (task: Task) => `rate.${task}`,
  averageDecay: "averageDecay",
} as const;

export const tasks = ["segmentation", "classification"] as const;
export type Task = (typeof tasks)[number];

function batchInputs({ settings }: TrainingProgramInput, need: DataNeed) {
  const { labelledBatch: n, unlabelledBatch: u, sidePx: side } = settings;
  const labelled = {
    image: input(stepNames.image, [n, 1, side, side]),
    mask: input(stepNames.mask, [n, side, side], "int32"),
    label: input(stepNames.label, [n], "int32"),
    hasMask: input(stepNames.hasMask, [n]),
    hasClass: input(stepNames.hasClass, [n]),
  };
  const unlabelled: UnlabelledViews | null =
    need === "labelled"
      ? null
      : {
          weak: input(stepNames.weak, [u, 1, side, side]),
          strong: input(stepNames.strong, [u, 1, side, side]),
        };
  return { labelled, unlabelled };
}

/** Traces a method on a model: all terms, gradients, statistics and state in one program. */
export function buildTrainingProgram(request: TrainingProgramInput): MethodProgram {
  const { method, methodOptions, model, settings, classes } = request;
  const declarations = new Declarations();
  const methodState = new Map<string, HostArray>();
  const uniforms = new Map<string, readonly number[]>();
  const nets = namedNets(method, methodOptions, model, declarations);
  const numbers = Object.keys(method.schedule(methodOptions, { step: 0, totalSteps: settings.steps }));
  const context: MethodContext<string, string, DataNeed, z.output<z.ZodObject>> = {
    ...batchInputs(request, method.data),
    nets,
    scalars: Object.fromEntries(numbers.map((name) => [name, input(name, [])])),
    options: methodOptions,
    classes,
    maskClasses: MASK_CLASSES,
    state(name, initial) {
      methodState.set(`state/${name}`, initial);
      return input(`state/${name}`, initial.shape, initial.dtype);
    },
    uniform(name, shape) {
      uniforms.set(`uniform/${name}`, shape);
      return input(`uniform/${name}`, shape);
    },
  };
  const result = method.losses(context);
  const weightedTerms = weighted(result.terms);
  const loss = [...weightedTerms.values()].reduce((sum, term) => add(sum, term), constant(0));
  const outputs: Record<string, Tensor> = { [stepNames.loss]: loss };
  for (const [name, term] of Object.entries(result.terms)) outputs[stepNames.term(name)] = term.loss;
  for (const [name, value] of Object.entries(result.measures ?? {})) outputs[stepNames.measure(name)] = value;
  if (result.pseudo !== undefined) {
    outputs[stepNames.pseudoLabel] = result.pseudo.label;
    outputs[stepNames.pseudoKeepImages] = result.pseudo.keepImages;
    outputs[stepNames.pseudoMask] = result.pseudo.mask;
    outputs[stepNames.pseudoKeepPixels] = result.pseudo.keepPixels;
  }
  for (const [name, next] of Object.entries(result.next ?? {})) outputs[`next/${name}`] = next;
  for (const [name, passes] of declarations.observations) {
    for (const [i, pass] of passes.entries()) outputs[`observed/${i}/${name}`] = pass;
  }
  const evaluated = settings.averageDecay > 0 ? AVERAGED : method.predictor;
  const plan = {
    trained: trainedGroups(request, declarations),
    averages: averagePairs(method, declarations, evaluated),
    assigned: Object.keys(result.next ?? {}).map((name) => ({
      state: `state/${name}`,
      output: `next/${name}`,
    })),
    blended: [...declarations.observations].map(([name, passes]) => ({
      state: name,
      outputs: passes.map((_, i) => `observed/${i}/${name}`),
      share: settings.normShare,
    })),
  };
  const trained = new Map(
    plan.trained.flatMap((group) => group.parameters).map((name) => [name, declarations.tensors.get(name)!]),
  );
  return {
    training: traceTraining(loss, trained, outputs, plan),
    declarations,
    methodState,
    uniforms,
    terms: Object.keys(result.terms),
    weightedTerms,
    measures: Object.keys(result.measures ?? {}),
    classes,
    evaluated,
  };
}

function namedNets(
  method: Method,
  options: z.output<z.ZodObject>,
  model: JointModel,
  declarations: Declarations,
): Record<string, JointNet> {
  const modes: Mode[] = [];
  const build = (mode: Mode): JointNet => {
    modes.push(mode);
    return () => {
      throw new Error("a network was called before it had a name");
    };
  };
  const names = Object.keys(method.networks(build, options));
  return Object.fromEntries(
    names.map((name, i) => [
      name,
      (image: Tensor, pass: Pass) =>
        model(new Scope(declarations, `${name}/`, modeOf(modes[i]!, pass)), image),
    ]),
  );
}

function modeOf(mode: Mode, pass: Pass): Mode {
  return mode === "train" && pass === "unlabelled" ? "train-unlabelled" : mode;
}

function weighted(terms: Readonly<Record<string, Term>>): Map<string, Tensor> {
  return new Map(
    Object.entries(terms).flatMap(([name, { loss, weight }]) =>
      weight === 0 ? [] : [[name, weight === 1 ? loss : multiply(loss, weight)] as const],
    ),
  );
}

/** @returns names of the networks that are averages of others and never trained */
function averagedNets(method: Method): ReadonlySet<string> {
  return new Set(Object.keys(method.averages ?? {}));
}

export function taskOf(parameter: string): Task {
  return /^[^/]+\/cls\./.test(parameter) ? "classification" : "segmentation";
}

function trainedGroups(
  { method, settings, pretrained }: TrainingProgramInput,
  { parameters }: Declarations,
): TrainedGroup[] {
  const averaged = averagedNets(method);
  const names = [...parameters.keys()].filter((name) => !averaged.has(name.split("/")[0]!));
  return tasks.flatMap((task) => {
    const own = names.filter((name) => taskOf(name) === task);
    if (own.length === 0) return [];
    return [
      {
        name: task,
        optimizer: optimizerSpec(settings[task]),
        parameters: own,
        groups: slowed(own, pretrained, settings[task]),
        learningRate: stepNames.learningRate(task),
        clipNorm: settings.clipNorm,
      },
    ];
  });
}

/** @returns the group of each parameter of a pretrained part, where these have a learning rate of their own */
function slowed(
  names: readonly string[],
  parts: readonly PretrainedPart[],
  { pretrainedShare }: TaskSettings,
): Record<string, ParameterGroup> {
  if (pretrainedShare === 1) return {};
  const group: ParameterGroup = {
    name: "pretrained",
    learningRateScale: pretrainedShare,
    weightDecay: "apply",
  };
  const known = names.filter((name) =>
    parts.some((part) => belongsTo(part, name.slice(name.indexOf("/") + 1))),
  );
  return Object.fromEntries(known.map((name) => [name, group]));
}

function optimizerSpec({ optimizer, weightDecay }: TaskSettings): OptimizerSpec {
  switch (optimizer) {
    case "adam":
    case "adamw":
      return { kind: optimizer, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay };
    case "sgd":
      return { kind: "sgd", momentum: 0.9, momentumForm: "classical", weightDecay };
    default:
      return optimizer satisfies never;
  }
}

/** Which array follows which: the method's averaged networks, and the trainer's average of the predictor. */
function averagePairs(method: Method, declarations: Declarations, evaluated: string) {
  const names = [...declarations.parameters.keys(), ...declarations.buffers.keys()];
  const follow = (target: string, source: string, decay: string) =>
    names
      .filter((name) => name.startsWith(`${source}/`))
      .map((name) => ({ target: `${target}/${name.slice(source.length + 1)}`, source: name, decay }));
  const own = Object.entries(method.averages ?? {}).flatMap(([target, rule]) =>
    names.some((name) => name.startsWith(`${target}/`)) ? follow(target, rule!.of, rule!.decay) : [],
  );
  return evaluated === AVERAGED
    ? [...own, ...follow(AVERAGED, method.predictor, stepNames.averageDecay)]
    : own;
}
