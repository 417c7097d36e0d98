export { type OrtWebOptions, ortWebEngine } from "./engine.js";
export type { OrtWebProvider } from "./provider.js";
export { ortWebFiles } from "./runtime.js";
export { openOrtWebModel } from "./open-model.js";
