/** @returns what zod wanted, without its opening words: `expected string, received undefined` */
export function issueText(issue: { readonly message: string } | undefined): string {
  return (issue?.message ?? "another value").replace(/^Invalid (input|option|key): /, "");
}
