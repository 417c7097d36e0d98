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
   * @param initial parameters, averages and other state by input name; copied
   * @throws EngineError when the engine refuses the program
   */
  train(training: TrainingProgram, initial: Readonly<Record<string, HostArray>>): Promise<TrainingSession>;
}

/** @throws FeedError unless `feeds` are exactly the inputs of `program` */
export function checkFeeds(inputs: ReadonlyMap<string, TensorType>, feeds: Feeds): void {
  const problems: string[] = [];
  for (const [name, type] of inputs) {
    const feed = feeds[name];
    if (feed === undefined) problems.push(`${name} is missing (${formatType(type)})`);
    else if (feed.dtype !== type.dtype || !sameShape(feed.shape, type.shape)) {
      problems.push(`${name} is ${formatType(feed)} instead of ${formatType(type)}`);
    } else if (!carries(type.dtype, feed.data) || feed.data.length !== sizeOf(type.shape)) {
      problems.push(
        `${name} holds ${feed.data.constructor.name}(${feed.data.length}) for ${formatType(type)}`,
      );
    }
  }
  for (const name of Object.keys(feeds)) if (!inputs.has(name)) problems.push(`${name} is unknown`);
  if (problems.length > 0) {
    throw new FeedError(
      "run",
      problems.join(", "),
      `feeds ${[...inputs.keys()].join(", ")}`,
      "correct the feeds",
    );
  }
}
