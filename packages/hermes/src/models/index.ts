export { lightPair } from "./light-pair.js";
export { paperPair } from "./paper-pair.js";
export { residualPair } from "./residual-pair.js";
export { unetPair } from "./unet-pair.js";
