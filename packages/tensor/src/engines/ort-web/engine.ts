import { checkFeeds, type Engine, type Executable, type Feeds, type Fetches } from "../../engine.js";
import { EngineError } from "../../errors.js";
import type { Program } from "../../program.js";
import { stepInputs } from "../../step-inputs.js";
import { localTraining, TrainingCore } from "../../training.js";
import { checkWebProvider, type OrtWebProvider, webEnvironment, webThreads } from "./provider.js";
import { loadRuntime } from "./runtime.js";
import { WebSession } from "./web-session.js";

export interface OrtWebOptions {
  readonly provider: OrtWebProvider;
  /** Threads of the wasm kernels. Default: all cores on a cross-origin isolated page, else 1. */
  readonly threads?: number;
  /** URL, ending in `/`, of the folder with the files that `ortWebFiles` names. Default: beside ONNX Runtime's script. */
  readonly wasmPaths?: string;
}

class OrtWebExecutable implements Executable {
  constructor(
    readonly program: Program,
    private readonly session: WebSession,
  ) {}

  async run(feeds: Feeds): Promise<Fetches> {
    checkFeeds(this.program.inputs, feeds);
    return this.session.run(feeds);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.session[Symbol.asyncDispose]();
  }
}

/**
 * ONNX Runtime Web in the calling thread: make it in a Web Worker where the page must stay responsive.
 * @throws EngineError when the provider is not there, naming those that are
 */
export async function ortWebEngine({ provider, threads, wasmPaths }: OrtWebOptions): Promise<Engine> {
  const environment = webEnvironment();
  await checkWebProvider(provider, environment);
  const settings = { threads: webThreads(threads, environment), wasmPaths: wasmPaths ?? null };
  const ort = await loadRuntime(provider, settings);
  const sessions = new Set<WebSession>();
  let life: "open" | "disposed" = "open";
  const open = async (program: Program) => {
    if (life === "disposed") {
      throw new EngineError("ort-web", "an engine that was disposed of", "a live one", "make a new engine");
    }
    const session = await WebSession.create(ort, program, provider, (released) => {
      sessions.delete(released);
    });
    sessions.add(session);
    return session;
  };
  return {
    name: `ort-web (${provider})`,
    compile: async (program) => new OrtWebExecutable(program, await open(program)),
    async train(training, initial) {
      const inputs = stepInputs(training, initial);
      const session = await open(training.program);
      const core = new TrainingCore(training, initial, (feeds) => session.run(feeds));
      return localTraining(core, inputs, () => session[Symbol.asyncDispose]());
    },
    async [Symbol.asyncDispose]() {
      life = "disposed";
      await Promise.all([...sessions].map((session) => session[Symbol.asyncDispose]()));
    },
  };
}
