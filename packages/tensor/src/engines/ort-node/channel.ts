import { Worker } from "node:worker_threads";
import { EngineError, TensorError } from "../../errors.js";
import { NonFiniteGradientError } from "../../optim/clip-gradients.js";
import { type Failure, type Reply, type Request, replyTo } from "./protocol.js";

type Kind = Request["kind"];
type RequestOf<K extends Kind> = Extract<Request, { kind: K }>;
type ReplyOf<K extends Kind> = Extract<Reply, { kind: (typeof replyTo)[K] }>;

interface Waiter {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** Sends requests to the engine's thread and matches its answers. The thread keeps the process alive only while one is due. */
export class Channel {
  // Without the process's own flags, some of which (--input-type) no thread takes.
  readonly #worker = new Worker(workerFile(), { execArgv: [] });
  readonly #waiting = new Map<number, Waiter>();
  #next = 0;
  /** Why the thread takes no more requests. */
  #ended: string | null = null;
  #closing: Promise<void> | null = null;

  /** @param available providers to name when ONNX Runtime refuses something */
  constructor(private readonly available: readonly string[]) {
    this.#worker.unref();
    this.#worker.on("message", (reply: Reply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#end(`a thread that failed: ${error.message}`));
    this.#worker.on("exit", (code) => this.#end(`a thread that stopped with code ${code}`));
  }

  get isEnded(): boolean {
    return this.#ended !== null;
  }

  /**
   * @param moved buffers of the request that the thread takes over
   * @throws EngineError when the thread has ended or ends before it answers, or when ONNX Runtime refuses the request
   */
  async ask<K extends Kind>(
    kind: K,
    request: Omit<RequestOf<K>, "id" | "kind">,
    moved: readonly ArrayBuffer[] = [],
  ): Promise<ReplyOf<K>> {
    if (this.#ended !== null) throw endedError(this.#ended);
    const reply = await this.#send({ ...request, kind, id: this.#next++ }, moved);
    if (!answers(reply, kind)) throw new Error(`unexpected reply ${reply.kind} to ${kind}`);
    return reply;
  }

  /** Lets requests under way finish, releases every session and ends the thread. Calling it again waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended === null) {
      this.#ended = "an engine that was disposed of";
      try {
        await this.#send({ kind: "close", id: this.#next++ });
      } catch {
        // A thread that died holds nothing to release.
      }
    }
    await this.#worker.terminate();
  }

  #send(request: Pick<Request, "kind" | "id">, moved: readonly ArrayBuffer[] = []): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(request, moved);
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.ref();
    });
  }

  #settle(reply: Reply): void {
    const waiter = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (reply.kind === "failed") waiter?.reject(this.#errorOf(reply.failure));
    else waiter?.resolve(reply);
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    for (const { reject } of this.#waiting.values()) reject(endedError(reason));
    this.#waiting.clear();
  }

  #errorOf(failure: Failure): Error {
    switch (failure.kind) {
      case "non-finite":
        return new NonFiniteGradientError(failure.gradients);
      case "refused":
        return new TensorError(failure.what, failure.got, failure.wanted, failure.fix);
      case "runtime":
        return new EngineError(
          "onnxruntime",
          failure.message.trim(),
          `a program that the provider runs (this build has ${this.available.join(", ")})`,
          "choose another provider, or report this program",
        );
      default:
        return failure satisfies never;
    }
  }
}

function answers<K extends Kind>(reply: Reply, kind: K): reply is ReplyOf<K> {
  return reply.kind === replyTo[kind];
}

function endedError(reason: string): EngineError {
  return new EngineError("ort-node", reason, "an engine whose thread runs", "make a new engine");
}

/** The compiled worker; from TypeScript sources the one that the last build made. */
function workerFile(): URL {
  return import.meta.url.endsWith(".ts")
    ? new URL("../../../dist/engines/ort-node/worker.js", import.meta.url)
    : new URL("./worker.js", import.meta.url);
}
