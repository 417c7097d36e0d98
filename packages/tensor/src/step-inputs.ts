import type { HostArray } from "./dtype.js";
import { arrayProblem, type Feeds, feedProblems } from "./engine.js";
import { FeedError } from "./errors.js";
import { sizeOf, type TensorType } from "./shape.js";
import type { TrainingPlan, TrainingProgram } from "./training.js";

/** What the caller of a training step hands over, checked before anything runs. */
export interface StepInputs {
  /**
   * Numbers that neither the plan nor the program names are let through: a schedule may serve several programs.
   * @throws FeedError naming every feed that is missing, unknown or of another type and every missing number
   */
  check(feeds: Feeds, numbers: Readonly<Record<string, number>>): void;
}

/**
 * @param initial the state that stays with the engine, by input name
 * @throws FeedError when the state does not fit the program and its plan
 */
export function stepInputs(
  training: TrainingProgram,
  initial: Readonly<Record<string, HostArray>>,
): StepInputs {
  checkInitial(training, initial);
  const { plan, program } = training;
  const open = [...program.inputs].filter(([name]) => initial[name] === undefined);
  const planned = new Set([
    ...plan.trained.map((group) => group.learningRate),
    ...plan.averages.map(({ decay }) => decay),
  ]);
  return {
    check(feeds, numbers) {
      const isNumber = (name: string, { shape }: TensorType) =>
        shape.length === 0 && feeds[name] === undefined;
      const fed = open.filter(([name, type]) => !isNumber(name, type));
      const wanted = new Set([
        ...planned,
        ...open.filter((entry) => isNumber(...entry)).map(([name]) => name),
      ]);
      const problems = [
        ...feedProblems(new Map(fed), feeds),
        ...[...wanted]
          .filter((name) => !Number.isFinite(numbers[name]))
          .map((name) => `number ${name} is ${numbers[name] === undefined ? "missing" : numbers[name]}`),
      ];
      if (problems.length === 0) return;
      throw new FeedError(
        "training step",
        problems.join(", "),
        `feeds ${fed.map(([name]) => name).join(", ") || "(none)"} and finite numbers ${[...wanted].join(", ") || "(none)"}`,
        "correct the step",
      );
    },
  };
}

function checkInitial(
  { program, plan }: TrainingProgram,
  initial: Readonly<Record<string, HostArray>>,
): void {
  const problems: string[] = [];
  for (const [name, type] of program.inputs) {
    const state = initial[name];
    const problem = state === undefined ? undefined : arrayProblem(name, state, type);
    if (problem !== undefined) problems.push(problem);
  }
  for (const name of stateOf(plan)) if (initial[name] === undefined) problems.push(`${name} is missing`);
  for (const { state, outputs } of consumed(plan)) {
    for (const output of outputs) {
      const type = program.outputs.get(output)?.type;
      const size = initial[state]?.data.length;
      if (type === undefined) problems.push(`output ${output}, which ${state} follows, is unknown`);
      else if (size !== undefined && size !== sizeOf(type.shape)) {
        problems.push(`${state} has ${size} elements and follows ${output} of ${sizeOf(type.shape)}`);
      }
    }
  }
  if (problems.length === 0) return;
  throw new FeedError(
    "training",
    problems.join(", "),
    "an initial value of the program's type for all that the plan names",
    "correct the initial state or the plan",
  );
}

function stateOf({ trained, averages, assigned, blended }: TrainingPlan): Set<string> {
  return new Set([
    ...trained.flatMap((group) => group.parameters),
    ...averages.flatMap(({ target, source }) => [target, source]),
    ...[...assigned, ...blended].map(({ state }) => state),
  ]);
}

function consumed({ assigned, blended }: TrainingPlan): { state: string; outputs: readonly string[] }[] {
  return [...assigned.map(({ state, output }) => ({ state, outputs: [output] })), ...blended];
}
