import { allocate, type HostArray } from "../dtype.js";
import { checkFeeds, type Engine, type Executable, type Feeds, type Fetches } from "../engine.js";
import type { NdArray } from "../op.js";
import type { Program } from "../program.js";
import { stepInputs } from "../step-inputs.js";
import { localTraining, TrainingCore } from "../training.js";

/**
 * Runs a program node by node with the ops' own float64 loops.
 * @returns every output as float64
 */
export function evaluate(
  program: Program,
  feeds: Readonly<Record<string, NdArray>>,
): Record<string, NdArray> {
  const values: NdArray[] = [];
  for (const { op, inputs, attributes, type } of program.nodes) {
    if (op.name === "input") {
      values.push(feeds[String(attributes.name)]!);
      continue;
    }
    const data = op.reference(
      inputs.map((input) => values[input]!),
      attributes,
      type,
    );
    values.push({ shape: type.shape, data });
  }
  return Object.fromEntries([...program.outputs].map(([name, { node }]) => [name, values[node]!]));
}

class ReferenceExecutable implements Executable {
  constructor(readonly program: Program) {}

  async run(feeds: Feeds): Promise<Fetches> {
    checkFeeds(this.program.inputs, feeds);
    const wide = Object.entries(feeds).map(([name, feed]) => [
      name,
      { shape: feed.shape, data: Float64Array.from(feed.data) },
    ]);
    const results = evaluate(this.program, Object.fromEntries(wide));
    const fetches: Fetches = {};
    for (const [name, { type }] of this.program.outputs) {
      const data = allocate(type.dtype, results[name]!.data.length);
      data.set(results[name]!.data);
      fetches[name] = { ...type, data } satisfies HostArray;
    }
    return fetches;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Plain loops in float64: slow, and the oracle of the tests. */
export function referenceEngine(): Engine {
  return {
    name: "reference",
    compile: async (program) => new ReferenceExecutable(program),
    async train(training, initial) {
      const inputs = stepInputs(training, initial);
      const executable = new ReferenceExecutable(training.program);
      const core = new TrainingCore(training, initial, (feeds) => executable.run(feeds));
      return localTraining(core, inputs, async () => {});
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
