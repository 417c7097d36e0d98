export { busBra } from "./bus-bra.js";
export { busi } from "./busi.js";
export { coco } from "./coco.js";
export { ddti } from "./ddti.js";
export { generic } from "./generic.js";
export { szTus } from "./sz-tus.js";
export { udiat } from "./udiat.js";
