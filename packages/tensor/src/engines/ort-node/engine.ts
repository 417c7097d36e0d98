import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { checkFeeds, type Engine, type Executable, type Feeds, type Fetches } from "../../engine.js";
import type { HostArray } from "../../dtype.js";
import { EngineError } from "../../errors.js";
import { lowerProgram } from "../../lower.js";
import type { Target } from "../../onnx/graph-builder.js";
import { NonFiniteGradientError } from "../../optim/clip-gradients.js";
import type { Program } from "../../program.js";
import type { TensorType } from "../../shape.js";
import type { StepResult, TrainingProgram, TrainingSession, TrainingSnapshot } from "../../training.js";
import { availableProviders } from "./native-session.js";
import { type Reply, type Request, toFetches, toWire } from "./protocol.js";

export interface OrtNodeOptions {
  /** Defaults to `cpu` where the CPU provider comes first, else to `portable`. */
  readonly target?: Target;
  /** Threads inside an operator. Default: all that the process may use. */
  readonly threads?: number;
  /** Execution providers in order of preference; `cpu` is appended. */
  readonly providers?: readonly string[];
}

type Unnumbered<R> = R extends { readonly id: number } ? Omit<R, "id"> : never;

/** Sends requests to the engine's thread and matches its answers. */
class Channel {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  #next = 0;

  constructor() {
    this.#worker = new Worker(workerFile());
    this.#worker.unref();
    this.#worker.on("message", (reply: Reply) => {
      const waiter = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if (reply.kind === "failed" && reply.nonFinite !== undefined) {
        waiter?.reject(new NonFiniteGradientError(reply.nonFinite));
      } else if (reply.kind === "failed") {
        waiter?.reject(
          new EngineError("onnxruntime", reply.message, "a program that it runs", "report this program"),
        );
      } else waiter?.resolve(reply);
    });
    this.#worker.on("error", (error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  async ask<K extends Request["kind"]>(request: Unnumbered<Extract<Request, { kind: K }>>): Promise<Reply> {
    const id = this.#next++;
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  /** @returns channels per block of the CPU kernels' layout, 0 for none */
  async probe(): Promise<number> {
    const reply = await this.ask<"probe">({ kind: "probe" });
    return reply.kind === "probed" ? reply.block : 0;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The compiled worker; from TypeScript sources the one that the last build made. */
function workerFile(): URL {
  return import.meta.url.endsWith(".ts")
    ? new URL("../../../dist/engines/ort-node/worker.js", import.meta.url)
    : new URL("./worker.js", import.meta.url);
}

class OrtNodeExecutable implements Executable {
  constructor(
    readonly program: Program,
    private readonly channel: Channel,
    private readonly session: number,
  ) {}

  async run(feeds: Feeds): Promise<Fetches> {
    checkFeeds(this.program.inputs, feeds);
    const reply = await this.channel.ask<"run">({ kind: "run", session: this.session, feeds: toWire(feeds) });
    if (reply.kind !== "ran") throw new Error(`unexpected reply ${reply.kind}`);
    return toFetches(reply.outputs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel.ask<"release">({ kind: "release", session: this.session });
  }
}

class OrtNodeTraining implements TrainingSession {
  constructor(
    private readonly inputs: ReadonlyMap<string, TensorType>,
    private readonly channel: Channel,
    private readonly session: number,
  ) {}

  async step(feeds: Feeds, numbers: Readonly<Record<string, number>>): Promise<StepResult> {
    checkFeeds(this.inputs, feeds);
    const request = { kind: "step" as const, session: this.session, feeds: toWire(feeds), numbers };
    const reply = await this.channel.ask<"step">(request);
    if (reply.kind !== "stepped") throw new Error(`unexpected reply ${reply.kind}`);
    return reply.result;
  }

  async snapshot(): Promise<TrainingSnapshot> {
    const reply = await this.channel.ask<"snapshot">({ kind: "snapshot", session: this.session });
    if (reply.kind !== "snapshot") throw new Error(`unexpected reply ${reply.kind}`);
    return reply.snapshot;
  }

  async restore(snapshot: TrainingSnapshot): Promise<void> {
    await this.channel.ask<"restore">({ kind: "restore", session: this.session, snapshot });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel.ask<"release">({ kind: "release", session: this.session });
  }
}

/** @returns the inputs that a step's caller must feed: neither state nor numbers of the step */
function batchInputs(
  { program }: TrainingProgram,
  initial: Readonly<Record<string, HostArray>>,
): Map<string, TensorType> {
  return new Map(
    [...program.inputs].filter(([name, { shape }]) => initial[name] === undefined && shape.length > 0),
  );
}

/**
 * ONNX Runtime's native library in a thread of its own, so that the event loop stays free.
 * @throws EngineError when a provider is not in this build, naming those that are
 */
export async function ortNodeEngine(options: OrtNodeOptions = {}): Promise<Engine> {
  const available = availableProviders();
  const providers = [...(options.providers ?? ["cpu"])];
  const missing = providers.filter((provider) => !available.includes(provider));
  if (missing.length > 0) {
    throw new EngineError(
      "ortNodeEngine",
      `provider ${missing.join(", ")}`,
      `one of ${available.join(", ")}`,
      "choose an available provider",
    );
  }
  if (!providers.includes("cpu")) providers.push("cpu");
  const target = options.target ?? (providers[0] === "cpu" ? "cpu" : "portable");
  const settings = { threads: options.threads ?? availableParallelism(), providers };
  const channel = new Channel();
  const block = target === "cpu" ? await channel.probe() : 0;
  const lower = (program: Program) => {
    const { model, outputs } = lowerProgram(program, target, block);
    const bindings = [...program.outputs].map(([name, { type }]) => ({
      name,
      value: outputs.get(name)!,
      type,
    }));
    return { model, outputs: bindings };
  };
  return {
    name: `ort-node (${providers[0]}, ${target})`,
    async compile(program) {
      const lowered = lower(program);
      const reply = await channel.ask<"compile">({ kind: "compile", ...lowered, session: settings });
      if (reply.kind !== "compiled") throw new Error(`unexpected reply ${reply.kind}`);
      return new OrtNodeExecutable(program, channel, reply.session);
    },
    async train(training, initial) {
      const { program, plan } = training;
      const reply = await channel.ask<"train">({
        kind: "train",
        ...lower(program),
        session: settings,
        plan,
        inputs: program.inputs,
        state: toWire(initial),
      });
      if (reply.kind !== "compiled") throw new Error(`unexpected reply ${reply.kind}`);
      return new OrtNodeTraining(batchInputs(training, initial), channel, reply.session);
    },
    [Symbol.asyncDispose]: () => channel.close(),
  };
}
