import { carries, type HostArray } from "./dtype.js";
import { FeedError } from "./errors.js";
import type { Program } from "./program.js";
import type { TrainingProgram, TrainingSession } from "./training.js";
import { formatType, sameShape, sizeOf, type TensorType } from "./shape.js";

export type Feeds = Readonly<Record<string, HostArray>>;
export type Fetches = Record<string, HostArray>;

/** A program made ready on an engine. It owns native memory: dispose of it. */
export interface Executable extends AsyncDisposable {
  readonly program: Program;
  /**
   * Runs once. Feeds are not changed.
   * @throws FeedError before anything runs when a feed is missing, unknown, or of another shape or dtype
   */
  run(feeds: Feeds): Promise<Fetches>;
}

/** Something that can run programs. */
export interface Engine extends AsyncDisposable {
  readonly name: string;
  /** @throws EngineError when the engine refuses the program */
  compile(program: Program): Promise<Executable>;
  /**
   * Makes a training program ready; its state lives with the engine.
   * @param initial parameters, averages and other state by input name
   * @param handover `copied` unless told
   * @throws EngineError when the engine refuses the program
   */
  train(
    training: TrainingProgram,
    initial: Readonly<Record<string, HostArray>>,
    handover?: Handover,
  ): Promise<TrainingSession>;
}

/**
 * What becomes of arrays that an engine is given. `taken`: the caller needs them no more, and an engine with memory of its
 * own leaves them empty instead of keeping a second copy.
 */
export type Handover = "copied" | "taken";

/** @returns what is wrong with `feeds` as the values of exactly `inputs`, one complaint each */
export function feedProblems(inputs: ReadonlyMap<string, TensorType>, feeds: Feeds): string[] {
  const problems: string[] = [];
  for (const [name, type] of inputs) {
    const feed = feeds[name];
    const problem =
      feed === undefined ? `${name} is missing (${formatType(type)})` : arrayProblem(name, feed, type);
    if (problem !== undefined) problems.push(problem);
  }
  for (const name of Object.keys(feeds)) if (!inputs.has(name)) problems.push(`${name} is unknown`);
  return problems;
}

/** @returns how an array fails to be of `type`, or nothing */
export function arrayProblem(name: string, array: HostArray, type: TensorType): string | undefined {
  if (array.dtype !== type.dtype || !sameShape(array.shape, type.shape)) {
    return `${name} is ${formatType(array)} instead of ${formatType(type)}`;
  }
  if (!carries(type.dtype, array.data) || array.data.length !== sizeOf(type.shape)) {
    return `${name} holds ${array.data.constructor.name}(${array.data.length}) for ${formatType(type)}`;
  }
  return undefined;
}

/** @throws FeedError unless `feeds` are exactly the inputs of `program` */
export function checkFeeds(inputs: ReadonlyMap<string, TensorType>, feeds: Feeds): void {
  const problems = feedProblems(inputs, feeds);
  if (problems.length > 0) {
    throw new FeedError(
      "run",
      problems.join(", "),
      `feeds ${[...inputs.keys()].join(", ")}`,
      "correct the feeds",
    );
  }
}
