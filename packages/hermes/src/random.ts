export {
  bernoulliArray,
  Key,
  key,
  normalArray,
  permutation,
  RandomStream,
  uniformArray,
} from "@hermes-us/tensor";
