import { constant, multiply } from "@hermes-us/tensor";
import { and, type KeepMask, keepAll } from "./keep-mask.js";

const kept: KeepMask = and(keepAll([2]), keepAll([2]));

// @ts-expect-error a mask is no tensor: masks combine with and(), or() and not()
multiply(kept, kept);
// @ts-expect-error a tensor is no mask: its polarity is unknown
and(kept, constant([1, 0]));
// @ts-expect-error nor is a look-alike
and(kept, { shape: [2], toBool: kept.toBool, toWeights: kept.toWeights });
