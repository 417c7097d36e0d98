export { type LesionLookName, lesionLookNames } from "./lesion-look.js";
export { type ClassMix, defaultClassMix, type PhantomClass } from "./patient.js";
export { generatePhantom, type Phantom, type PhantomRequest } from "./phantom.js";
export type { LesionSigns } from "./signs.js";
