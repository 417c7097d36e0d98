import type { Engine } from "../engine.js";
import { tinyTraining } from "./tiny-network.js";

export const TRAJECTORY_STEPS = 20;
/** How far two engines may be apart at any step, relative to the loss. */
export const TRAJECTORY_TOLERANCE = 1e-3;

/** What a training run leaves to compare. */
export interface Trajectory {
  /** Of each step. */
  readonly losses: readonly number[];
  /** L2 norm of every array of the final state, by name: parameters, average and running statistics. */
  readonly stateNorms: Readonly<Record<string, number>>;
}

/** Trains the tiny network on an engine. */
export async function trajectoryOn(engine: Engine): Promise<Trajectory> {
  const { training, initial, feeds, numbers } = tinyTraining(2026);
  await using session = await engine.train(training, initial);
  const losses: number[] = [];
  for (let step = 0; step < TRAJECTORY_STEPS; step++) {
    const { outputs } = await session.step(feeds(step), numbers(step));
    losses.push(outputs.loss!.data[0]!);
  }
  const { state } = await session.snapshot();
  const stateNorms = Object.entries(state).map(([name, { data }]) => {
    let squares = 0;
    for (const value of data) squares += value * value;
    return [name, Math.sqrt(squares)] as const;
  });
  return { losses, stateNorms: Object.fromEntries(stateNorms) };
}

/** @returns the largest relative difference between two trajectories, in losses and final state */
export function trajectoryError(got: Trajectory, wanted: Trajectory): number {
  const flat = ({ losses, stateNorms }: Trajectory) => [...losses, ...Object.values(stateNorms)];
  const [a, b] = [flat(got), flat(wanted)];
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!) / Math.abs(b[i]!)));
}
