import { availableParallelism } from "node:os";
import type { HostArray } from "../../dtype.js";
import { checkFeeds, type Engine, type Executable, type Feeds, type Fetches } from "../../engine.js";
import { EngineError } from "../../errors.js";
import type { Target } from "../../onnx/graph-builder.js";
import type { Program } from "../../program.js";
import { type StepInputs, stepInputs } from "../../step-inputs.js";
import type { StepResult, TrainingSession, TrainingSnapshot } from "../../training.js";
import { bindModel } from "../output-binding.js";
import { Channel } from "./channel.js";
import { type EngineUsage, toFetches, toWire } from "./protocol.js";
import { availableProviders, chooseProviders } from "./providers.js";
import { SessionHandle } from "./session-handle.js";

export interface OrtNodeOptions {
  /** Defaults to `cpu` where the CPU provider comes first, else to `portable`. */
  readonly target?: Target;
  /** Threads inside an operator. Default: all that the process may use. */
  readonly threads?: number;
  /**
   * Execution providers in order of preference, by ONNX Runtime's names: `cpu` (the default), `webgpu`, `cuda`,
   * `coreml`, `dml`. `cpu` is appended for operators that the others lack.
   */
  readonly providers?: readonly string[];
}

/** An engine whose sessions live in a thread of its own. */
export interface OrtNodeEngine extends Engine {
  usage(): Promise<EngineUsage>;
}

class OrtNodeExecutable implements Executable {
  constructor(
    readonly program: Program,
    private readonly handle: SessionHandle,
  ) {}

  async run(feeds: Feeds): Promise<Fetches> {
    checkFeeds(this.program.inputs, feeds);
    const reply = await this.handle.channel.ask("run", { session: this.handle.id, feeds: toWire(feeds) });
    return toFetches(reply.outputs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.handle[Symbol.asyncDispose]();
  }
}

class OrtNodeTraining implements TrainingSession {
  constructor(
    private readonly inputs: StepInputs,
    private readonly handle: SessionHandle,
  ) {}

  async step(feeds: Feeds, numbers: Readonly<Record<string, number>>): Promise<StepResult> {
    this.inputs.check(feeds, numbers);
    const request = { session: this.handle.id, feeds: toWire(feeds), numbers };
    return (await this.handle.channel.ask("step", request)).result;
  }

  async snapshot(): Promise<TrainingSnapshot> {
    return (await this.handle.channel.ask("snapshot", { session: this.handle.id })).snapshot;
  }

  async restore(snapshot: TrainingSnapshot): Promise<void> {
    await this.handle.channel.ask("restore", { session: this.handle.id, snapshot });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.handle[Symbol.asyncDispose]();
  }
}

/**
 * ONNX Runtime's native library in a thread of its own, so that the event loop stays free.
 * @throws EngineError when the library or a provider is not there, naming the providers that are
 */
export async function ortNodeEngine(options: OrtNodeOptions = {}): Promise<OrtNodeEngine> {
  const available = await availableProviders();
  const providers = chooseProviders(options.providers ?? ["cpu"], available);
  const settings = { threads: checkedThreads(options.threads ?? availableParallelism()), providers };
  const target = options.target ?? (providers[0] === "cpu" ? "cpu" : "portable");
  const channel = new Channel(available);
  const block = target === "cpu" ? (await channel.ask("probe", {})).block : 0;
  return {
    name: `ort-node (${providers[0]}, ${target})`,
    async compile(program) {
      const request = { ...bindModel(program, target, block), session: settings };
      const { session } = await channel.ask("compile", request);
      return new OrtNodeExecutable(program, new SessionHandle(channel, session));
    },
    async train(training, initial, handover = "copied") {
      const inputs = stepInputs(training, initial);
      const request = {
        ...bindModel(training.program, target, block),
        session: settings,
        plan: training.plan,
        inputs: training.program.inputs,
        state: toWire(initial),
      };
      const { session } = await channel.ask("train", request, handover === "taken" ? buffersOf(initial) : []);
      return new OrtNodeTraining(inputs, new SessionHandle(channel, session));
    },
    usage: async () => (await channel.ask("measure", {})).usage,
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

function buffersOf(arrays: Readonly<Record<string, HostArray>>): ArrayBuffer[] {
  const buffers = Object.values(arrays).map(({ data }) => data.buffer);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}

function checkedThreads(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new EngineError("ortNodeEngine", `threads ${threads}`, "an integer of at least 1", "correct threads");
}
