import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { BatchPlan, TrainingBatch } from "../data/batch.js";
import { UserError } from "../errors.js";
import { createBatchSource, planSamples } from "./batch-source.js";
import type { Dataset } from "./dataset-folder.js";
import type { PrefetchAnswer, PrefetchFailure, PrefetchSetup } from "./prefetch-message.js";

export interface BatchLoaderOptions {
  readonly plan: BatchPlan;
  /** 0-based step of the first batch: where an interrupted run goes on. */
  readonly firstStep: number;
  /** Threads that work ahead; 0 makes each batch when it is asked for, in this thread. */
  readonly workers: number;
  /** How many batches may be ready or in the making before they are asked for. */
  readonly queueBatches?: number;
}

/** Batches in the order of steps, the same whatever the number of workers. Dispose of it to end the threads. */
export interface BatchLoader extends AsyncDisposable {
  /** @throws UserError naming the file when an image cannot be read; the loader is of no use after that */
  next(): Promise<TrainingBatch>;
  /** Time that callers of `next` have spent waiting, in milliseconds. */
  readonly waitedMs: number;
}

const DEFAULT_QUEUE_BATCHES = 4;

/** @throws UserError if the plan names images that the data set does not have */
export function openBatchLoader(dataset: Dataset, options: BatchLoaderOptions): BatchLoader {
  if (options.workers === 0) return new InThreadLoader(dataset, options);
  // Looked up here, so that a wrong plan fails at once and threads see the labels that this one sees.
  const samples = [...planSamples(dataset, options.plan).values()];
  return new PrefetchLoader({ datasetFolder: dataset.folder, plan: options.plan, samples }, options);
}

class InThreadLoader implements BatchLoader {
  readonly #batch: (step: number) => Promise<TrainingBatch>;
  #step: number;
  #waitedMs = 0;

  constructor(dataset: Dataset, { plan, firstStep }: BatchLoaderOptions) {
    const source = createBatchSource(dataset, plan);
    this.#batch = (step) => source.batch(step);
    this.#step = firstStep;
  }

  get waitedMs(): number {
    return this.#waitedMs;
  }

  async next(): Promise<TrainingBatch> {
    const started = performance.now();
    const batch = await this.#batch(this.#step++);
    this.#waitedMs += performance.now() - started;
    return batch;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

interface Pending {
  readonly promise: Promise<TrainingBatch>;
  readonly resolve: (batch: TrainingBatch) => void;
  readonly reject: (error: unknown) => void;
}

class PrefetchLoader implements BatchLoader {
  readonly #workers: readonly Worker[];
  readonly #pending = new Map<number, Pending>();
  readonly #queueBatches: number;
  #nextAsked: number;
  #nextGiven: number;
  #waitedMs = 0;
  #ended: Error | undefined;

  constructor(setup: PrefetchSetup, { firstStep, workers, queueBatches }: BatchLoaderOptions) {
    this.#nextAsked = firstStep;
    this.#nextGiven = firstStep;
    this.#queueBatches = Math.max(workers, queueBatches ?? DEFAULT_QUEUE_BATCHES);
    const entry = workerEntry();
    this.#workers = Array.from({ length: workers }, () => this.#start(entry, setup));
    this.#askAhead();
  }

  get waitedMs(): number {
    return this.#waitedMs;
  }

  async next(): Promise<TrainingBatch> {
    if (this.#ended) throw this.#ended;
    const step = this.#nextGiven++;
    this.#askAhead();
    const started = performance.now();
    const batch = await this.#pending.get(step)!.promise;
    this.#waitedMs += performance.now() - started;
    this.#pending.delete(step);
    return batch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(new Error("the batch loader was closed"));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(entry: URL, setup: PrefetchSetup): Worker {
    // Flags of this process (debugger, loaders, conditions for sources) are not meant for the compiled worker.
    const worker = new Worker(entry, { workerData: setup, execArgv: [] });
    worker.on("message", (answer: PrefetchAnswer) => this.#receive(answer));
    worker.on("error", (error) => this.#end(error));
    worker.on("exit", (code) => this.#end(new Error(`a loader thread ended by itself with code ${code}`)));
    return worker;
  }

  /** Steps go to the workers in turn; a worker answers its steps in order. */
  #askAhead(): void {
    while (this.#nextAsked < this.#nextGiven + this.#queueBatches) {
      const step = this.#nextAsked++;
      this.#pending.set(step, pending());
      this.#workers[step % this.#workers.length]!.postMessage(step);
    }
  }

  #receive(answer: PrefetchAnswer): void {
    const waiting = this.#pending.get(answer.step);
    if (answer.kind === "batch") waiting?.resolve(answer.batch);
    else waiting?.reject(revive(answer.failure));
  }

  #end(error: unknown): void {
    this.#ended ??= error instanceof Error ? error : new Error(String(error));
    for (const waiting of this.#pending.values()) waiting.reject(this.#ended);
  }
}

function pending(): Pending {
  let resolve: Pending["resolve"] = () => undefined;
  let reject: Pending["reject"] = () => undefined;
  const promise = new Promise<TrainingBatch>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Batches made ahead may fail, or be dropped at the end, without anybody waiting for them yet.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function revive(failure: PrefetchFailure): Error {
  if (failure.kind === "user") return new UserError(failure.complaints);
  const error = new Error(failure.message);
  error.stack = failure.stack;
  return error;
}

/** Threads run compiled code; when this file itself is run as TypeScript, that of the last build. */
function workerEntry(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  const entry = new URL(
    isSource ? "../../dist/node/prefetch-worker.js" : "./prefetch-worker.js",
    import.meta.url,
  );
  if (!existsSync(fileURLToPath(entry))) {
    throw new Error(`prefetch-loader: ${fileURLToPath(entry)} is not there; run \`npm run build\`.`);
  }
  return entry;
}
