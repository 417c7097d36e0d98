import { parentPort } from "node:worker_threads";
import { NativeSession } from "./native-session.js";
import { probeBlock } from "./probe-block.js";
import type { Feeds } from "../../engine.js";
import { NonFiniteGradientError } from "../../optim/clip-gradients.js";
import { TrainingCore } from "../../training.js";
import { type OutputBinding, type Reply, type Request, toFetches, toWire } from "./protocol.js";

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
    case "train": {
      const native = await NativeSession.create(request.model, request.session, "kept");
      sessions.set(request.id, native);
      const training = { program: { inputs: request.inputs }, plan: request.plan };
      const run = async (feeds: Feeds) => toFetches(await native.run(toWire(feeds), request.outputs));
      trainings.set(request.id, new TrainingCore(training, toFetches(request.state), run));
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
    case "release": {
      await sessions.get(request.session)?.release();
      sessions.delete(request.session);
      trainings.delete(request.session);
      bindings.delete(request.session);
      return { kind: "released", id: request.id };
    }
    default:
      return request satisfies never;
  }
}

port.on("message", (request: Request) => {
  queue = queue.then(async () => {
    try {
      const reply = await answer(request);
      const moved =
        reply.kind === "ran" ? reply.outputs.map((output) => output.data.buffer as ArrayBuffer) : [];
      port.postMessage(reply, [...new Set(moved)]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const nonFinite = error instanceof NonFiniteGradientError ? { nonFinite: error.gradients } : {};
      port.postMessage({ kind: "failed", id: request.id, message, ...nonFinite } satisfies Reply);
    }
  });
});
