export { type OrtNodeEngine, type OrtNodeOptions, ortNodeEngine } from "./engine.js";
