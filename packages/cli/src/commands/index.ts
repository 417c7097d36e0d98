export { dataImport } from "./data-import.js";
export { dataSplit } from "./data-split.js";
export { dataShow } from "./data-show.js";
export { dataFetch } from "./data-fetch.js";
export { dataAudit } from "./data-audit.js";
export { dataPhantom } from "./data-phantom.js";
