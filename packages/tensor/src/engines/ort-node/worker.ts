import { parentPort } from "node:worker_threads";
import { NativeSession } from "./native-session.js";
import { probeBlock } from "./probe-block.js";
import type { Reply, Request } from "./protocol.js";

const port = parentPort;
if (port === null) throw new Error("the engine's worker was started outside a worker thread");

const sessions = new Map<number, NativeSession>();
let queue: Promise<void> = Promise.resolve();

async function answer(request: Request): Promise<Reply> {
  switch (request.kind) {
    case "probe":
      return { kind: "probed", id: request.id, block: await probeBlock() };
    case "compile": {
      sessions.set(request.id, await NativeSession.create(request.model, request.session));
      return { kind: "compiled", id: request.id, session: request.id };
    }
    case "run": {
      const outputs = await sessions.get(request.session)!.run(request.feeds);
      return { kind: "ran", id: request.id, outputs };
    }
    case "release": {
      await sessions.get(request.session)?.release();
      sessions.delete(request.session);
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
      port.postMessage({ kind: "failed", id: request.id, message } satisfies Reply);
    }
  });
});
