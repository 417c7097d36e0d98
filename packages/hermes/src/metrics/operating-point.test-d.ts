import { fitThreshold, type ScoresOf } from "./operating-point.js";

declare const test: ScoresOf<"test">;
declare const validation: ScoresOf<"validation">;

fitThreshold(validation, { kind: "specificity", atLeast: 0.9 });
// @ts-expect-error a threshold is never fitted on the test set
fitThreshold(test, { kind: "specificity", atLeast: 0.9 });
