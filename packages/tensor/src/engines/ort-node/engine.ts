import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { checkFeeds, type Engine, type Executable, type Feeds, type Fetches } from "../../engine.js";
import { EngineError } from "../../errors.js";
import { lowerProgram } from "../../lower.js";
import type { Target } from "../../onnx/graph-builder.js";
import type { Program } from "../../program.js";
import { availableProviders } from "./native-session.js";
import type { Reply, Request } from "./protocol.js";

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
      if (reply.kind === "failed") {
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
    const wire = Object.entries(feeds).map(([name, { dtype, shape, data }]) => ({
      name,
      dtype,
      shape,
      data,
    }));
    const reply = await this.channel.ask<"run">({ kind: "run", session: this.session, feeds: wire });
    if (reply.kind !== "ran") throw new Error(`unexpected reply ${reply.kind}`);
    return Object.fromEntries(
      reply.outputs.map(({ name, dtype, shape, data }) => [name, { dtype, shape, data }]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel.ask<"release">({ kind: "release", session: this.session });
  }
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
  return {
    name: `ort-node (${providers[0]}, ${target})`,
    async compile(program) {
      const model = lowerProgram(program, target, block);
      const reply = await channel.ask<"compile">({ kind: "compile", model, session: settings });
      if (reply.kind !== "compiled") throw new Error(`unexpected reply ${reply.kind}`);
      return new OrtNodeExecutable(program, channel, reply.session);
    },
    [Symbol.asyncDispose]: () => channel.close(),
  };
}
