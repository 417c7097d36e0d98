export type { MapName, Model, PredictOptions, Prediction } from "../predict/model.js";
export type { ModelCard } from "../predict/model-card.js";
export { drawOutline, type OutlineColour, outlineColours } from "../predict/outline.js";
export { loadModel, type WebModelOptions } from "./load-model.js";
