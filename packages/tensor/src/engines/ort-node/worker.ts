import { parentPort } from "node:worker_threads";
import type { Feeds } from "../../engine.js";
import { TensorError } from "../../errors.js";
import { NonFiniteGradientError } from "../../optim/clip-gradients.js";
import { TrainingCore } from "../../training.js";
import type { OutputBinding } from "../output-binding.js";
import { NativeSession } from "./native-session.js";
import { probeBlock } from "./probe-block.js";
import { type EngineUsage, type Failure, type Reply, type Request, toFetches, toWire } from "./protocol.js";

const port = parentPort;
if (port === null) throw new Error("the engine's worker was started outside a worker thread");

const sessions = new Map<number, NativeSession>();
const bindings = new Map<number, readonly OutputBinding[]>();
const trainings = new Map<number, TrainingCore>();
let queue: Promise<void> = Promise.resolve();

async function answer(request: Request): Promise<Reply> {
  switch (request.kind) {
    case "probe":
      return { kind: "probed", id: request.id, block: await probeBlock() };
    case "compile": {
      sessions.set(request.id, await NativeSession.create(request.model, request.session, "fresh"));
      bindings.set(request.id, request.outputs);
      return { kind: "compiled", id: request.id, session: request.id };
    }
    case "run": {
      const outputs = await sessions.get(request.session)!.run(request.feeds, bindings.get(request.session)!);
      return { kind: "ran", id: request.id, outputs };
    }
    case "open": {
      const session = await NativeSession.create(request.model, request.session, "fresh");
      sessions.set(request.id, session);
      return { kind: "opened", id: request.id, session: request.id, ...session.names };
    }
    case "predict": {
      const outputs = await sessions.get(request.session)!.runNamed(request.feeds, request.outputs);
      return { kind: "ran", id: request.id, outputs };
    }
    case "train": {
      const core = trainingCore(request);
      sessions.set(
        request.id,
        await NativeSession.create(request.model, request.session, homesByValue(core, request.outputs)),
      );
      trainings.set(request.id, core);
      return { kind: "compiled", id: request.id, session: request.id };
    }
    case "step": {
      const result = await trainings.get(request.session)!.step(toFetches(request.feeds), request.numbers);
      return { kind: "stepped", id: request.id, result };
    }
    case "snapshot":
      return { kind: "snapshot", id: request.id, snapshot: trainings.get(request.session)!.snapshot() };
    case "restore":
      trainings.get(request.session)!.restore(request.snapshot);
      return { kind: "restored", id: request.id };
    case "release":
      await release(request.session);
      return { kind: "released", id: request.id };
    case "measure":
      return { kind: "measured", id: request.id, usage: measure() };
    case "close":
      for (const session of [...sessions.keys()]) await release(session);
      return { kind: "closed", id: request.id };
    default:
      return request satisfies never;
  }
}

function trainingCore({
  id,
  inputs,
  plan,
  outputs,
  state,
}: Extract<Request, { kind: "train" }>): TrainingCore {
  const run = async (feeds: Feeds) => toFetches(await sessions.get(id)!.run(toWire(feeds), outputs));
  return new TrainingCore({ program: { inputs }, plan }, toFetches(state), run);
}

/** Room for gradients beside the weights, by the name that the model has for them. */
function homesByValue(
  { gradientHomes }: TrainingCore,
  outputs: readonly OutputBinding[],
): Map<string, Float32Array> {
  return new Map(
    outputs.flatMap(({ name, value }) => {
      const home = gradientHomes.get(name);
      return home === undefined ? [] : [[value, home] as const];
    }),
  );
}

async function release(session: number): Promise<void> {
  const native = sessions.get(session);
  sessions.delete(session);
  trainings.delete(session);
  bindings.delete(session);
  await native?.release();
}

/** Garbage does not count where Node lets it be collected on demand (`--expose-gc`). */
function measure(): EngineUsage {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { sessions: sessions.size, heapBytes: heapUsed, arrayBytes: arrayBuffers };
}

/** @returns the buffers of a reply that the worker needs no longer. */
function movedBuffers(reply: Reply): ArrayBuffer[] {
  const moved = new Set<ArrayBufferLike>();
  if (reply.kind === "ran") for (const { data } of reply.outputs) moved.add(data.buffer);
  if (reply.kind === "snapshot") {
    for (const { data } of Object.values(reply.snapshot.state)) moved.add(data.buffer);
    for (const slots of Object.values(reply.snapshot.optimizers)) {
      for (const value of Object.values(slots)) if (typeof value !== "number") moved.add(value.buffer);
    }
  }
  return [...moved].filter((buffer) => buffer instanceof ArrayBuffer);
}

function failureOf(error: unknown): Failure {
  if (error instanceof NonFiniteGradientError) return { kind: "non-finite", gradients: error.gradients };
  if (error instanceof TensorError) {
    const { what, got, wanted, fix } = error;
    return { kind: "refused", what, got, wanted, fix };
  }
  return { kind: "runtime", message: error instanceof Error ? error.message : String(error) };
}

port.on("message", (request: Request) => {
  queue = queue.then(async () => {
    try {
      const reply = await answer(request);
      port.postMessage(reply, movedBuffers(reply));
    } catch (error) {
      port.postMessage({ kind: "failed", id: request.id, failure: failureOf(error) } satisfies Reply);
    }
  });
});
