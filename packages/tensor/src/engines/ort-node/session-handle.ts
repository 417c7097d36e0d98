import { EngineError } from "../../errors.js";
import type { Channel } from "./channel.js";

/** A session in the engine's thread, owned by whoever holds this. */
export class SessionHandle implements AsyncDisposable {
  #released: Promise<void> | null = null;

  constructor(
    readonly channel: Channel,
    private readonly session: number,
  ) {}

  /** @throws EngineError after the session was disposed of */
  get id(): number {
    if (this.#released === null) return this.session;
    throw new EngineError("ort-node", "a session that was disposed of", "a live one", "dispose of it later");
  }

  /** Harmless when repeated, and after the engine itself is gone. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    if (!this.channel.isEnded) await this.channel.ask("release", { session: this.session });
  }
}
