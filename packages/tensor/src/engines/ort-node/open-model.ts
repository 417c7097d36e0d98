import { availableParallelism } from "node:os";
import type { Feeds, Fetches } from "../../engine.js";
import type { ModelSession } from "../../model-session.js";
import { Channel } from "./channel.js";
import { toFetches, toWire } from "./protocol.js";
import { availableProviders, chooseProviders } from "./providers.js";

export interface OrtNodeModelOptions {
  /** Threads inside an operator. Default: all that the process may use. */
  readonly threads?: number;
  /** Execution providers in order of preference, by ONNX Runtime's names; `cpu` is appended. Default: `cpu`. */
  readonly providers?: readonly string[];
}

class NodeModelSession implements ModelSession {
  constructor(
    private readonly channel: Channel,
    private readonly session: number,
    readonly inputs: readonly string[],
    readonly outputs: readonly string[],
  ) {}

  async run(feeds: Feeds, outputs: readonly string[]): Promise<Fetches> {
    const reply = await this.channel.ask("predict", { session: this.session, feeds: toWire(feeds), outputs });
    return toFetches(reply.outputs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.channel.close();
  }
}

/**
 * Makes an ONNX file ready in a thread of its own, so that the event loop stays free.
 * @throws EngineError when the runtime or a provider is not there, or when it refuses the file
 */
export async function openOrtNodeModel(
  model: Uint8Array,
  { threads = availableParallelism(), providers = ["cpu"] }: OrtNodeModelOptions = {},
): Promise<ModelSession> {
  const available = await availableProviders();
  const chosen = chooseProviders(providers, available);
  const channel = new Channel(available);
  try {
    const request = { model, session: { threads, providers: chosen } };
    const { session, inputs, outputs } = await channel.ask("open", request);
    return new NodeModelSession(channel, session, inputs, outputs);
  } catch (error) {
    await channel.close();
    throw error;
  }
}
