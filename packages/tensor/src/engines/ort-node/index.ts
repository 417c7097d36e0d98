export { type OrtNodeEngine, type OrtNodeOptions, ortNodeEngine } from "./engine.js";
export type { EngineUsage } from "./protocol.js";
export { type OrtNodeModelOptions, openOrtNodeModel } from "./open-model.js";
