export { type OrtNodeOptions, ortNodeEngine } from "./engine.js";
