export { hermes } from "./hermes.js";
export { meanTeacher } from "./mean-teacher.js";
export { supervised } from "./supervised.js";
