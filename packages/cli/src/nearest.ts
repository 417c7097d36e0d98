import { nearestName } from "@hermes-us/hermes/node";

/** @returns `did you mean data?`, or the list to choose from */
export function suggestion(typed: string, names: readonly string[], helpCommand: string): string {
  const name = nearestName(typed, names);
  return name === undefined ? `see \`${helpCommand}\`` : `did you mean ${name}? See \`${helpCommand}\``;
}
