/** Entry of a worker thread: makes the batches that it is asked for, in order. See prefetch-loader.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../errors.js";
import { type BatchSource, createBatchSource } from "./batch-source.js";
import { type Dataset, openDataset } from "./dataset-folder.js";
import {
  type PrefetchAnswer,
  type PrefetchFailure,
  prefetchSetupSchema,
  transferables,
} from "./prefetch-message.js";

const port = parentPort;
if (port === null) throw new Error("prefetch-worker: started outside a worker thread.");

const setup = prefetchSetupSchema.parse(workerData);
const source = openAsGiven().then((dataset) => createBatchSource(dataset, setup.plan));
// A failure is told with the answer to the first request; until then it must not end the thread.
source.catch(() => undefined);

port.on("message", (step: number) => {
  void answer(source, step).then((message) => {
    port.postMessage(message, message.kind === "batch" ? transferables(message.batch) : []);
  });
});

/** The folder's files, described by the samples that came with the setup and not by its own manifest. */
async function openAsGiven(): Promise<Dataset> {
  const dataset = await openDataset(setup.datasetFolder);
  return { ...dataset, manifest: { header: dataset.manifest.header, samples: setup.samples } };
}

async function answer(opened: Promise<BatchSource>, step: number): Promise<PrefetchAnswer> {
  try {
    return { kind: "batch", step, batch: await (await opened).batch(step) };
  } catch (error) {
    return { kind: "failure", step, failure: describeFailure(error) };
  }
}

function describeFailure(error: unknown): PrefetchFailure {
  if (error instanceof UserError) return { kind: "user", complaints: error.complaints };
  return error instanceof Error
    ? { kind: "bug", message: error.message, stack: error.stack ?? "" }
    : { kind: "bug", message: String(error), stack: "" };
}
