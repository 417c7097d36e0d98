export { Key, key, normalArray, permutation, RandomStream } from "@hermes-us/tensor";
